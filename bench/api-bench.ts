import Table from 'cli-table3'
import { canSharePort } from '../src/api/can-share-port.js'
import { openReader } from '../src/storage/index.js'
import { LoadProcess, ReaderProcess } from './api-processes.js'
import { accessQuestions, sourceQuestions, statusQuestions } from './api-questions.js'
import type { BenchOptions } from './bench-options.js'
import { FakeCluster } from './fake-cluster.js'
import { HeadWatch } from './head-watch.js'
import { machine, machineLine } from './machine.js'
import { ProcessMeter } from './process-cost.js'
import { type BenchedVigil, startVigil } from './start-vigil.js'

const ENTRIES = [1, 3, 10]
const CONNECTIONS = [1, 8, 64]
const READERS = 2
/** Where Node can share a port among threads. */
const RPC_THREADS = 2
const MS = 3_000
const QUICK_MS = 100
const RUN_TIMEOUT_MS = 300_000
/** Questions for the time of the bulk sync are about what is indexed by then. */
const BULK_FROM_SHARE = 0.1

export interface ApiRun {
	readonly what: string
	readonly connections: number
	readonly perSecond: number
	readonly p50Ms: number
	readonly p99Ms: number
	/** Of all threads of the serving processes. */
	readonly cpuUsPerCall: number
	/** Of the main thread of the serving process, if it is this one. */
	readonly loopP99Ms?: number
}

/** What a server is asked from: the main process's own, or those of readers. */
interface Target {
	readonly name: string
	readonly ports: readonly number[]
	readonly readers: readonly ReaderProcess[]
}

/** What an idle supervisor was asked, over how many connections. */
export interface ApiQuestions {
	readonly what: string
	readonly connections: number
	readonly bodies: readonly string[]
}

export interface ApiResult {
	readonly runs: readonly ApiRun[]
	/** Of those runs that asked an idle supervisor itself. */
	readonly questions: readonly ApiQuestions[]
	readonly syncMs: number
	readonly syncMsUnderLoad: number
}

/** Prints what `measureApi` measures. Returns the exit code. */
export async function apiBench(options: BenchOptions): Promise<number> {
	const { questions: _, ...result } = await measureApi(options)
	if (options.json) process.stdout.write(`${JSON.stringify({ machine: machine(), ...result })}\n`)
	else process.stdout.write(apiTable(result.runs, result))
	return 0
}

/** How long each question is asked, in milliseconds. */
export function askMs({ quick }: BenchOptions): number {
	return quick ? QUICK_MS : MS
}

/** Measures the API of an idle supervisor, of readers beside it, and of one that syncs as fast as it goes. */
export async function measureApi(options: BenchOptions): Promise<ApiResult> {
	const ms = askMs(options)
	const { chains, blocks, logs } = options
	const fakes = await FakeCluster.start({ kind: 'generated', chains, blocks, logs })
	const load = new LoadProcess()
	try {
		const runs: ApiRun[] = []
		const questions: ApiQuestions[] = []
		const syncMs = await onFullStore(fakes, options, (vigil, port) =>
			measureAll(vigil, fakes, { port, ms, load }, { runs, questions }),
		)
		const bulk = await whileSyncing(fakes, options, load)
		runs.push(bulk.run)
		return { runs, questions, syncMs, syncMsUnderLoad: bulk.syncMs }
	} finally {
		load.close()
		fakes.close()
	}
}

/** Syncs a store, runs `action` on it, and resolves with the time of the sync. */
async function onFullStore(
	fakes: FakeCluster,
	options: BenchOptions,
	action: (vigil: BenchedVigil, port: number) => Promise<void>,
): Promise<number> {
	const served = await fakes.replay({ pace: { kind: 'asap' }, latencyMs: options.latency })
	const from = performance.now()
	const vigil = await startVigil(fakes.loaded, served, options)
	try {
		await new HeadWatch(vigil.supervisor, fakes.loaded.heads, RUN_TIMEOUT_MS).done
		const syncMs = performance.now() - from
		const server = await vigil.serve()
		await action(vigil, server.port)
		await server.close()
		return syncMs
	} finally {
		await vigil.end()
	}
}

async function measureAll(
	vigil: BenchedVigil,
	{ loaded }: FakeCluster,
	{ port, ms, load }: { readonly port: number; readonly ms: number; readonly load: LoadProcess },
	{ runs, questions }: { readonly runs: ApiRun[]; readonly questions: ApiQuestions[] },
): Promise<void> {
	const { directory } = vigil
	const store = await openReader({ directory, chains: loaded.cluster.chains })
	const access = new Map(ENTRIES.map((n) => [n, store.read((view) => accessQuestions(view, n))]))
	const sources = store.read(sourceQuestions)
	await store.close()
	const main: Target = { name: 'one process', ports: [port], readers: [] }
	const measure = async (what: string, target: Target, bodies: readonly string[], connections: number) =>
		runs.push(await measureOne({ what, target, bodies, connections, ms, load }))
	for (const [entries, bodies] of access)
		for (const connections of CONNECTIONS)
			questions.push({ what: `checkAccessList, ${entries} entries`, connections, bodies })
	questions.push({ what: 'crossDerivedToSource', connections: 8, bodies: sources })
	questions.push({ what: 'syncStatus', connections: 8, bodies: statusQuestions() })
	for (const { what, connections, bodies } of questions) await measure(what, main, bodies, connections)
	if (canSharePort(process.versions.node)) {
		const server = await vigil.serve(RPC_THREADS)
		const target = { name: `${RPC_THREADS} RPC threads`, ports: [server.port], readers: [] }
		for (const [entries, bodies] of access)
			for (const connections of CONNECTIONS.slice(1))
				await measure(`checkAccessList, ${entries} entries, ${target.name}`, target, bodies, connections)
		await server.close()
	}
	const readers = Array.from({ length: READERS }, () => new ReaderProcess())
	try {
		const ports = await Promise.all(readers.map((reader) => reader.start(loaded.cluster, directory)))
		for (let count = 1; count <= READERS; count++) {
			const target = {
				name: `${count} reader(s)`,
				ports: ports.slice(0, count),
				readers: readers.slice(0, count),
			}
			for (const [entries, bodies] of access)
				await measure(`checkAccessList, ${entries} entries, ${target.name}`, target, bodies, 8)
		}
	} finally {
		for (const reader of readers) reader.close()
	}
}

async function measureOne({
	what,
	target,
	bodies,
	connections,
	ms,
	load,
}: {
	readonly what: string
	readonly target: Target
	readonly bodies: readonly string[]
	readonly connections: number
	readonly ms: number
	readonly load: LoadProcess
}): Promise<ApiRun> {
	const before = await cpuOf(target.readers)
	const meter = new ProcessMeter()
	const { perSecond, p50Ms, p99Ms, allCalls } = await load.run({
		ports: target.ports,
		bodies,
		connections,
		ms,
	})
	const cost = meter.stop(0)
	const isMain = target.readers.length === 0
	const cpuMs = isMain ? cost.cpuMs : (await cpuOf(target.readers)) - before
	const cpuUsPerCall = (cpuMs / allCalls) * 1_000
	return {
		what,
		connections,
		perSecond,
		p50Ms,
		p99Ms,
		cpuUsPerCall,
		...(isMain ? { loopP99Ms: cost.loopDelayMs.p99 } : {}),
	}
}

async function cpuOf(readers: readonly ReaderProcess[]): Promise<number> {
	let cpuMs = 0
	for (const reader of readers) cpuMs += await reader.cpuMs()
	return cpuMs
}

/** One entry at 8 connections while everything is synced once more. */
async function whileSyncing(
	fakes: FakeCluster,
	options: BenchOptions,
	load: LoadProcess,
): Promise<{ readonly run: ApiRun; readonly syncMs: number }> {
	const { loaded } = fakes
	const served = await fakes.replay({ pace: { kind: 'asap' }, latencyMs: options.latency })
	const from = performance.now()
	const vigil = await startVigil(loaded, served, options)
	try {
		let isDone = false
		const done = new HeadWatch(vigil.supervisor, loaded.heads, RUN_TIMEOUT_MS).done.then(() => {
			isDone = true
			return performance.now() - from
		})
		const server = await vigil.serve()
		const bodies = await questionsDuringSync(vigil, fakes)
		const results: ApiRun[] = []
		const target: Target = { name: 'one process', ports: [server.port], readers: [] }
		const what = 'checkAccessList, 1 entry, during a bulk sync'
		// Pieces, so that none goes on after the sync.
		do results.push(await measureOne({ what, target, bodies, connections: 8, ms: QUICK_MS * 5, load }))
		while (!isDone)
		const syncMs = await done
		await server.close()
		const [first] = results
		if (first === undefined) throw new Error('nothing was measured during the sync')
		// The last piece ends after the sync.
		const during = results.length > 1 ? results.slice(0, -1) : results
		return { run: median(during), syncMs }
	} finally {
		await vigil.end()
	}
}

async function questionsDuringSync(vigil: BenchedVigil, { loaded }: FakeCluster): Promise<string[]> {
	const enough = (loaded.blocks / loaded.heads.size) * BULK_FROM_SHARE
	const { reader } = vigil.supervisor
	const isEnough = () =>
		loaded.cluster.chains.every(
			(chainId) => (reader.state().heads.get(chainId)?.get('cross-unsafe')?.number ?? 0) >= enough,
		)
	while (!isEnough()) await new Promise((resolve) => vigil.supervisor.once('promoted', resolve))
	const store = await openReader({ directory: vigil.directory, chains: loaded.cluster.chains })
	try {
		return store.read((view) => accessQuestions(view, 1))
	} finally {
		await store.close()
	}
}

/** By the p99 of each. */
function median(runs: readonly ApiRun[]): ApiRun {
	const sorted = [...runs].sort((a, b) => a.p99Ms - b.p99Ms)
	const middle = sorted[Math.floor(sorted.length / 2)]
	if (middle === undefined) throw new Error('there is no run')
	return middle
}

function apiTable(
	runs: readonly ApiRun[],
	sync: { readonly syncMs: number; readonly syncMsUnderLoad: number },
): string {
	const table = new Table({
		head: ['what', 'connections', 'calls/s', 'p50 ms', 'p99 ms', 'CPU us/call', 'loop delay p99 ms'],
		style: { head: [], border: [] },
		colAligns: ['left', ...Array.from({ length: 6 }, (): 'right' => 'right')],
	})
	for (const run of runs) {
		table.push([
			run.what,
			`${run.connections}`,
			Math.round(run.perSecond).toLocaleString('en'),
			run.p50Ms.toFixed(3),
			run.p99Ms.toFixed(3),
			run.cpuUsPerCall.toFixed(1),
			run.loopP99Ms?.toFixed(1) ?? '',
		])
	}
	const seconds = (ms: number) => (ms / 1000).toFixed(2)
	return `${machineLine()}${table.toString()}\nbulk sync: ${seconds(sync.syncMs)} s, with the API under load ${seconds(sync.syncMsUnderLoad)} s\n`
}
