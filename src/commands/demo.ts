import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { createLogger } from '../observability/log.js'
import { packageRoot } from '../package-root.js'
import { clusterOf } from '../recording/cluster-of.js'
import { loadRecording } from '../recording/load-recording.js'
import type { Recording } from '../recording/recording.js'
import { startReplay } from '../recording/replay/start-replay.js'
import { Supervisor } from '../supervisor/supervisor.js'
import type { CommandIo } from './command-io.js'
import { compareHeads, type HeadComparison, headsTable } from './demo-heads.js'
import { DemoProgress } from './demo-progress.js'
import { type DemoServeSettings, serveDemo } from './demo-serve.js'
import { EXIT_FAILURE, EXIT_OK } from './exit-codes.js'
import { startRpcThreads } from './start-rpc-threads.js'

export interface DemoOptions {
	/** A recording file instead of the embedded one. */
	readonly recording?: string
	/** Goes on with live chains after it. */
	readonly serve?: DemoServeSettings
}

/** A recording is replayed faster than it was made, so that it takes about this long: enough to watch it. */
const REPLAY_MS = 10_000
/** After the replay has shown everything Vigil gets this long to reach the recorded heads. */
const SETTLE_MS = 20_000
const CHECK_INTERVAL_MS = 100

const WORKER_LOG = { level: 'error', format: 'pretty', to: 'stderr' } as const

/**
 * `vigil demo`: indexes a replayed recording and compares the heads. With `serve` it goes on with live chains if they are
 * as recorded. Resolves with the exit code.
 */
export async function demoCommand(options: DemoOptions, io: CommandIo): Promise<number> {
	const recording = await loadRecording(options.recording ?? embeddedRecording())
	const stop = io.stopSignal()
	const directory = await mkdtemp(join(tmpdir(), 'vigil-demo-'))
	const log = createLogger(WORKER_LOG)
	io.useLog(log)
	let code: number
	try {
		code = await runDemo(recording, directory, stop, { io, log })
	} finally {
		await rm(directory, { recursive: true, force: true })
	}
	if (options.serve === undefined || code !== EXIT_OK || stop.aborted) return code
	await serveDemo(options.serve, { stop, io, log, workerLog: WORKER_LOG })
	return EXIT_OK
}

async function runDemo(
	recording: Recording,
	directory: string,
	stop: AbortSignal,
	{ io, log }: { readonly io: CommandIo; readonly log: Logger },
): Promise<number> {
	const speed = Math.max(1, durationMs(recording) / REPLAY_MS)
	const chains = recording.chains.map((chain) => `${chain.chainId}`).join(' and ')
	io.stdout.write(
		`Replaying "${recording.name}" ${speed.toFixed(0)} times as fast as it was recorded: ` +
			`chains ${chains}, ${recording.l1.length} L1 blocks. Real sockets, worker threads and LMDB in ${directory}\n`,
	)
	const replay = await startReplay({ recording, pace: { kind: 'recorded', speed } }, { log })
	const supervisor = await Supervisor.start(
		{
			cluster: clusterOf(recording),
			nodes: replay.nodes.map(({ url }) => ({ url, jwtSecret: replay.jwtSecret })),
			l1Urls: [replay.l1Url],
			directory,
			confirmationDepth: recording.confirmationDepth,
			indexThreads: Math.min(2, recording.chains.length),
			verifyBlooms: true,
			workerLog: WORKER_LOG,
			l1PollIntervalMs: CHECK_INTERVAL_MS,
		},
		{ log },
	)
	const rpc = await startRpcThreads(
		{
			server: { addr: '127.0.0.1', port: 0 },
			...{ cluster: clusterOf(recording), directory, log: WORKER_LOG },
		},
		{ log, supervisor },
	)
	const progress = new DemoProgress({ recording, supervisor, io })
	try {
		const heads = await waitForHeads(recording, rpc.port, replay.done, stop)
		progress.end()
		io.stdout.write(headsTable(heads))
		return report(heads, supervisor, stop, io)
	} finally {
		progress.end()
		await rpc.close()
		await supervisor.close()
		await replay.close()
	}
}

/** Asks the RPC server until all heads are as recorded, or the time is up. */
async function waitForHeads(
	recording: Recording,
	port: number,
	replayed: Promise<void>,
	stop: AbortSignal,
): Promise<HeadComparison[]> {
	let deadline = Number.POSITIVE_INFINITY
	void replayed.then(() => {
		deadline = Date.now() + SETTLE_MS
	})
	for (;;) {
		const heads = await compareHeads(recording, `http://127.0.0.1:${port}`)
		const isDone = heads.every(({ verdict }) => verdict === 'equal')
		if (isDone || stop.aborted || Date.now() > deadline) return heads
		await new Promise((resolve) => setTimeout(resolve, CHECK_INTERVAL_MS))
	}
}

function report(
	heads: readonly HeadComparison[],
	supervisor: Supervisor,
	stop: AbortSignal,
	{ stdout, stderr }: CommandIo,
): number {
	for (const [chainId, error] of supervisor.stoppedChains) {
		stderr.write(`vigil: chain ${chainId} stopped: ${error.message}\n`)
	}
	const wrong = heads.filter(({ verdict }) => verdict === 'different').length
	if (stop.aborted) stdout.write('Stopped before the end.\n')
	else if (wrong > 0) stdout.write(`${wrong} of ${heads.length} heads are not as recorded.\n`)
	else stdout.write('All heads are as recorded.\n')
	return wrong > 0 || stop.aborted ? EXIT_FAILURE : EXIT_OK
}

function durationMs(recording: Recording): number {
	const times = [recording.l1.at(-1)?.t, ...recording.chains.map((chain) => chain.blocks.at(-1)?.t)]
	return Math.max(0, ...times.map((t) => t ?? 0))
}

function embeddedRecording(): string {
	return fileURLToPath(
		new URL('./src/recording/embedded/steady.vigil.gz', `${packageRoot().href.replace(/\/*$/, '/')}`),
	)
}
