import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../src/observability/log.js'
import { clusterOf } from '../src/recording/cluster-of.js'
import { generateRecording } from '../src/recording/generate-recording.js'
import { loadRecording } from '../src/recording/load-recording.js'
import type { Recording } from '../src/recording/recording.js'
import { type Replay, startReplay } from '../src/recording/replay/start-replay.js'
import { spoolReceipts } from '../src/recording/spool-receipts.js'
import type {
	Announcement,
	FakeClusterAnswer,
	FakeClusterRequest,
	FakeClusterSource,
	LoadedCluster,
	NodeNews,
	ReplayRequest,
	ServedReplay,
} from './fake-cluster-messages.js'

/*
 * L1 and managed nodes in a process of their own, so that what they cost is not counted as Vigil's. Receipts are
 * serialised before the first replay.
 */

const SEED = 7
/** Share of the logs that execute a message. */
const EXECUTING_SHARE = 0.02

const log = createLogger({ level: 'error', format: 'json', to: 'stderr' })
let announcements: Announcement[] = []
let firstEventNs: bigint | undefined
let recording: Recording | undefined
let replay: Replay | undefined

process.on('message', (request: FakeClusterRequest) => {
	handle(request).then(
		(value) => answer({ ok: true, value }),
		(error: unknown) => answer({ ok: false, error: String(error) }),
	)
})
// The bench has gone, in whatever way.
process.on('disconnect', () => process.exit())

function answer(message: FakeClusterAnswer): void {
	process.send?.(message)
}

async function handle(request: FakeClusterRequest): Promise<unknown> {
	switch (request.kind) {
		case 'load':
			return load(request.source)
		case 'replay':
			return serve(request)
		case 'news':
			return { firstEventNs, announcements } satisfies NodeNews
		case 'cpu':
			return process.cpuUsage()
	}
}

async function load(source: FakeClusterSource): Promise<LoadedCluster> {
	const loaded = source.kind === 'recording' ? await loadRecording(source.file) : await generate(source)
	recording = loaded
	return {
		name: loaded.name,
		cluster: clusterOf(loaded),
		confirmationDepth: loaded.confirmationDepth,
		blocks: [...loaded.heads.values()].reduce((sum, { localUnsafe }) => sum + (localUnsafe?.number ?? 0), 0),
		heads: loaded.heads,
	}
}

async function generate(source: FakeClusterSource & { kind: 'generated' }): Promise<Recording> {
	const { chains, blocks, logs } = source
	const generated = generateRecording({
		seed: SEED,
		chains,
		blocks,
		logsPerBlock: logs,
		executingShare: EXECUTING_SHARE,
	})
	const directory = await mkdtemp(join(tmpdir(), 'vigil-bench-receipts-'))
	try {
		// The file stays open behind its removed name: nothing is left when this process ends.
		return (await spoolReceipts(generated, join(directory, 'receipts'))).recording
	} finally {
		await rm(directory, { recursive: true })
	}
}

async function serve({ pace, latencyMs }: ReplayRequest): Promise<ServedReplay> {
	if (recording === undefined) throw new Error('nothing is loaded yet')
	await replay?.close()
	announcements = []
	firstEventNs = undefined
	replay = await startReplay({ recording, pace, latencyMs }, { log, onEvent: noteEvent })
	return {
		l1Url: replay.l1Url,
		nodeUrls: replay.nodes.map(({ url }) => url),
		jwtSecret: replay.jwtSecret,
	}
}

function noteEvent(chainId: Announcement['chainId'], event: string): void {
	const sentNs = process.hrtime.bigint()
	firstEventNs ??= sentNs
	if (!event.startsWith('{"unsafeBlock"')) return
	const { unsafeBlock } = JSON.parse(event) as { unsafeBlock: { number: number } }
	announcements.push({ chainId, number: unsafeBlock.number, sentNs })
}
