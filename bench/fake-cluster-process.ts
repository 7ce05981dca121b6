import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../src/observability/log.js'
import { decodeReceipts } from '../src/protocol/decode-receipts.js'
import { clusterOf } from '../src/recording/cluster-of.js'
import { loadRecording } from '../src/recording/load-recording.js'
import type { Recording } from '../src/recording/recording.js'
import { type Replay, startReplay } from '../src/recording/replay/start-replay.js'
import { spoolReceipts } from '../src/recording/spool-receipts.js'
import type {
	FakeClusterAnswer,
	FakeClusterRequest,
	FakeClusterSource,
	GeneratedSource,
	LoadedCluster,
	NewestNotes,
	NodeNews,
	ReplayRequest,
	ServedReplay,
} from './fake-cluster-messages.js'
import { generateCluster } from './generate-cluster.js'
import { NodeNotes } from './node-notes.js'

/*
 * L1 and managed nodes in a process of their own, so that what they cost is not counted as Vigil's. Receipts are
 * serialised before the first replay.
 */

const log = createLogger({ level: 'error', format: 'json', to: 'stderr' })
let notes = new NodeNotes({ all: false })
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
			return notes.news satisfies NodeNews
		case 'newest':
			return notes.newest satisfies NewestNotes
		case 'cpu':
			return process.cpuUsage()
	}
}

async function load(source: FakeClusterSource): Promise<LoadedCluster> {
	const loaded = source.kind === 'recording' ? await fromFile(source.file) : await generate(source)
	recording = loaded.recording
	const { name, confirmationDepth, heads, dependencySet, chains } = recording
	return {
		name,
		cluster: clusterOf(recording),
		confirmationDepth,
		blocks: [...heads.values()].reduce((sum, { localUnsafe }) => sum + (localUnsafe?.number ?? 0), 0),
		logs: loaded.logs,
		heads,
		dependencySet,
		rollups: chains.map(({ rollup }) => rollup),
	}
}

interface Loaded {
	readonly recording: Recording
	/** Of all blocks that are canonical in the end. */
	readonly logs: number
}

async function fromFile(file: string): Promise<Loaded> {
	const loaded = await loadRecording(file)
	let logs = 0
	for (const chain of loaded.chains)
		for (const entry of chain.blocks)
			if (entry.canonical) logs += decodeReceipts(chain.receipts(entry), entry.block).logCount
	return { recording: loaded, logs }
}

async function generate(source: GeneratedSource): Promise<Loaded> {
	const generated = generateCluster(source)
	const directory = await mkdtemp(join(tmpdir(), 'vigil-bench-receipts-'))
	try {
		// The file stays open behind its removed name: nothing is left when this process ends.
		const spool = await spoolReceipts(generated.recording, join(directory, 'receipts'))
		return { ...generated, recording: spool.recording }
	} finally {
		await rm(directory, { recursive: true })
	}
}

async function serve(request: ReplayRequest): Promise<ServedReplay> {
	const { pace, latencyMs, latenciesMs, notesAll = false } = request
	if (recording === undefined) throw new Error('nothing is loaded yet')
	await replay?.close()
	const noted = new NodeNotes({ all: notesAll })
	notes = noted
	replay = await startReplay(
		{ recording, pace, latencyMs, ...(latenciesMs === undefined ? {} : { latenciesMs }) },
		{ log, onEvent: (chainId, event) => noted.event(chainId, event), onCall: (call) => noted.call(call) },
	)
	return {
		l1Url: replay.l1Url,
		nodeUrls: replay.nodes.map(({ url }) => url),
		jwtSecret: replay.jwtSecret,
	}
}
