import type { IndexTimings } from '../src/indexing/index-task.js'
import { type DiskUse, diskUse } from './disk-use.js'
import type { FakeCluster } from './fake-cluster.js'
import { HeadWatch } from './head-watch.js'
import type { Level } from './levels.js'
import { type ProcessCost, ProcessMeter } from './process-cost.js'
import { startVigil } from './start-vigil.js'

/** A run that gets no further must end; the slowest sizes that are measured take a fraction of it. */
const RUN_TIMEOUT_MS = 300_000
/** Compilers and allocators have settled after this share of the blocks. */
const WARM_UP_SHARE = 0.5

export interface IndexingRun {
	readonly name: string
	readonly chains: number
	/** Of all chains. */
	readonly blocks: number
	readonly logs: number
	/** From the first word of a node to the head of the last chain. */
	readonly reachedMs: { readonly [L in Level]: number }
	/** From before the start of Vigil to the last head: loading of the threads' code included. */
	readonly cost: ProcessCost
	/** CPU milliseconds a block behind the warm-up; undefined if the run was too short to tell. */
	readonly steadyCpuMsPerBlock: number | undefined
	/** Sums over all tasks, on the worker threads' clocks. */
	readonly timings: IndexTimings
	readonly seals: number
	/** Waits for the disk included. */
	readonly sealMs: number
	readonly disk: DiskUse
	/** CPU time of the fake nodes, which share the machine. */
	readonly fakeCpuMs: number
}

/** Indexes the fake cluster once. @throws Error if a head is not reached. */
export async function indexOnce(
	fakes: FakeCluster,
	options: { readonly threads: number; readonly latencyMs: number },
): Promise<IndexingRun> {
	const { loaded } = fakes
	const served = await fakes.replay({ pace: { kind: 'asap' }, latencyMs: options.latencyMs })
	const fakeCpuBefore = await fakes.cpuMs()
	const meter = new ProcessMeter()
	const vigil = await startVigil(loaded, served, options)
	try {
		const { supervisor, directory } = vigil
		const counts = { blocks: 0, logs: 0, seals: 0 }
		let warm: { readonly blocks: number; readonly cpuMs: number } | undefined
		supervisor.on('sealed', (_chainId, _head, run) => {
			counts.seals++
			counts.blocks += run.length
			for (const block of run) counts.logs += block.logCount
			if (warm === undefined && counts.blocks >= loaded.blocks * WARM_UP_SHARE)
				warm = { blocks: counts.blocks, cpuMs: meter.cpuMs }
		})
		const times = await new HeadWatch(supervisor, loaded.heads, RUN_TIMEOUT_MS).done
		const cost = meter.stop(options.threads)
		const { firstEventNs = times.localUnsafe } = await fakes.news()
		const after = (level: Level) => Number(times[level] - firstEventNs) / 1e6
		const steadyBlocks = loaded.blocks - (warm?.blocks ?? loaded.blocks)
		return {
			name: loaded.name,
			chains: loaded.heads.size,
			blocks: loaded.blocks,
			logs: counts.logs,
			reachedMs: {
				localUnsafe: after('localUnsafe'),
				localSafe: after('localSafe'),
				crossUnsafe: after('crossUnsafe'),
				crossSafe: after('crossSafe'),
			},
			cost,
			steadyCpuMsPerBlock:
				warm !== undefined && steadyBlocks > 0 ? (cost.cpuMs - warm.cpuMs) / steadyBlocks : undefined,
			timings: supervisor.indexTimings,
			sealMs: supervisor.sealMs,
			seals: counts.seals,
			disk: await diskUse(directory),
			fakeCpuMs: (await fakes.cpuMs()) - fakeCpuBefore,
		}
	} finally {
		await vigil.end()
	}
}
