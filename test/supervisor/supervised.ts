import { sameBlock } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { clusterOf } from '../../src/recording/cluster-of.js'
import type { Recording } from '../../src/recording/recording.js'
import type { ReplayEvents } from '../../src/recording/replay/node-service.js'
import type { ReplayPace } from '../../src/recording/replay/pace.js'
import { type Replay, startReplay } from '../../src/recording/replay/start-replay.js'
import {
	Supervisor,
	type SupervisorModules,
	type SupervisorOptions,
} from '../../src/supervisor/supervisor.js'
import { afterTest, temporaryDirectory } from './cleanup.js'
import { until, withDeadline } from './deadline.js'
import { LogCapture } from './log-capture.js'

/** Serves a recording until the end of the test. */
export async function replayed(
	recording: Recording,
	pace: ReplayPace = { kind: 'asap' },
	latencyMs = 0,
	events: ReplayEvents = 'pushed',
): Promise<Replay> {
	const replay = await startReplay({ recording, pace, latencyMs, events }, { log: new LogCapture().log })
	afterTest(() => replay.close())
	return replay
}

export interface Supervised {
	readonly supervisor: Supervisor
	readonly directory: string
	readonly logs: LogCapture
}

/** A real supervisor over a replay, with a data directory of its own and short waits, until the end of the test. */
export async function supervise(
	recording: Recording,
	replay: Replay,
	options: Partial<SupervisorOptions> = {},
	modules: Pick<SupervisorModules, 'metrics'> = {},
): Promise<Supervised> {
	const directory = options.directory ?? temporaryDirectory()
	const logs = new LogCapture()
	const supervisor = await Supervisor.start(
		{
			cluster: clusterOf(recording),
			nodes: replay.nodes.map(({ url }) => ({ url, jwtSecret: replay.jwtSecret })),
			l1Urls: [replay.l1Url],
			directory,
			confirmationDepth: recording.confirmationDepth,
			indexThreads: 1,
			verifyBlooms: false,
			workerLog: { level: 'silent', format: 'json', to: 'stderr' },
			l1PollIntervalMs: 20,
			silenceMs: 200,
			...options,
		},
		{ log: logs.log, ...modules },
	)
	afterTest(() => supervisor.close())
	return { supervisor, directory, logs }
}

/** Whether a chain has its recorded heads. */
export function atHeads(supervisor: Supervisor, recording: Recording, chainId: ChainId): boolean {
	const expected = recording.heads.get(chainId)
	if (expected?.localUnsafe === undefined || expected.localSafe === undefined) return false
	try {
		const { source, derived } = supervisor.reader.localSafe(chainId)
		return (
			sameBlock(supervisor.reader.localUnsafe(chainId), expected.localUnsafe) &&
			sameBlock(source, expected.localSafe.source) &&
			sameBlock(derived, expected.localSafe.derived)
		)
	} catch {
		// The chain has no such head yet.
		return false
	}
}

/** Resolves when the chains (all, if none are named) have their recorded heads. */
export async function headsReached(
	{ supervisor }: Pick<Supervised, 'supervisor'>,
	recording: Recording,
	chains: readonly ChainId[] = recording.chains.map((chain) => chain.chainId),
): Promise<void> {
	let look: () => void = () => undefined
	const reached = new Promise<void>((resolve) => {
		look = () => {
			if (chains.every((chainId) => atHeads(supervisor, recording, chainId))) resolve()
		}
	})
	supervisor.on('sealed', look).on('localSafe', look)
	look()
	try {
		await withDeadline(() => `the recorded heads; there are ${describeHeads(supervisor, chains)}`, reached)
	} finally {
		supervisor.off('sealed', look).off('localSafe', look)
	}
}

/** Resolves when every node has told that its last L1 block is used up, and was answered. */
export async function allAnswered(recording: Recording, replay: Replay, since = 0): Promise<void> {
	for (const { chainId } of recording.chains) {
		const last = recording.heads.get(chainId)?.localSafe?.source.number ?? 0
		await until(`the answer to the last exhaustL1 of chain ${chainId}`, () =>
			providedTo(replay, chainId, since).includes(last + 1),
		)
	}
}

/** Numbers of the L1 blocks that were given to the node of a chain, in order. */
export function providedTo(replay: Replay, chainId: ChainId, since = 0): number[] {
	return replay.calls
		.slice(since)
		.filter((call) => call.chainId === chainId && call.method === 'interop_provideL1')
		.map(({ params }) => (params[0] as { number: number }).number)
}

function describeHeads(supervisor: Supervisor, chains: readonly ChainId[]): string {
	return chains
		.map((chainId) => {
			try {
				const { localUnsafe, localSafe } = supervisor.reader.syncStatus().chains.get(chainId) ?? {}
				return `${chainId}: local-unsafe ${localUnsafe?.number}, local-safe ${localSafe?.number}`
			} catch (error) {
				return `${chainId}: ${error instanceof Error ? error.message : String(error)}`
			}
		})
		.join('; ')
}
