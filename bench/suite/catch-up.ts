import type { ChainId } from '../../src/protocol/chain-id.js'
import type { RecordedHeads } from '../../src/recording/recording.js'
import { diskUse } from '../disk-use.js'
import type { ReplayRequest } from '../fake-cluster-messages.js'
import { LEVEL_NAMES, type Level } from '../levels.js'
import { RunningContestant } from './contestant.js'
import type { Figure, Measured } from './measurement.js'
import type { RunInput } from './row.js'
import { type Look, type WatchedHeads, watchHeads } from './watch-heads.js'

/** Vigil must reach its heads; the slowest sizes that are measured take a fraction of this. */
const LIMIT_MS = 900_000
/** A peer is slower, with latency by far: what it did within this time tells its rate. */
const PEER_LIMIT_MS = 60_000
/** Compilers and allocators have settled after this share of the blocks. */
const WARM_UP_SHARE = 0.5

export const LEVEL_TITLES: { readonly [L in Level]: string } = {
	localUnsafe: 'local-unsafe',
	localSafe: 'local-safe',
	crossUnsafe: 'cross-unsafe',
	crossSafe: 'cross-safe',
}

export interface CatchUpOptions {
	readonly latencyMs?: number
	readonly latenciesMs?: ReplayRequest['latenciesMs']
	/** Vigil's index threads; what the suite is run with otherwise. */
	readonly threads?: number
	/** Watch the first chains only. */
	readonly chains?: number
}

/** A contestant indexes the fake cluster from genesis to its heads, as fast as it goes. */
export async function catchUp(input: RunInput, options: CatchUpOptions = {}): Promise<Measured> {
	const { contestant, fakes, directory, context } = input
	const { loaded } = fakes
	const { latencyMs = 0, latenciesMs, threads = context.options.threads } = options
	const served = await fakes.replay({
		...{ pace: { kind: 'asap' }, latencyMs },
		...(latenciesMs === undefined ? {} : { latenciesMs }),
	})
	const fakeCpuBefore = await fakes.cpuMs()
	const running = await RunningContestant.start({
		...{ contestant, loaded, served, directory, threads, signal: context.signal },
	})
	try {
		const heads = new Map([...loaded.heads].slice(0, options.chains ?? loaded.heads.size))
		const limit = contestant.name === 'vigil' ? LIMIT_MS : PEER_LIMIT_MS
		const watched = await watchHeads(running, heads, limit)
		const { memory } = running.meter
		const { firstEventNs } = await fakes.news()
		const fakeCpuMs = (await fakes.cpuMs()) - fakeCpuBefore
		const isDone = watched.reachedNs.crossSafe !== undefined
		// What lies in memory is written when it ends.
		await running.stop()
		const disk = await diskUse(running.datadir)
		const share = (watched.looks.at(-1)?.blocks ?? 0) / loaded.blocks
		return {
			figures: [
				...rateFigures(watched, { firstEventNs, logs: loaded.logs * share }),
				{ name: 'peak RssAnon', value: memory.peakAnonMb, unit: 'MB', better: 'less' },
				{ name: 'peak RSS', value: memory.peakRssMb, unit: 'MB' },
				...(isDone && loaded.logs > 0 && heads.size === loaded.heads.size
					? [
							{
								...{ name: 'disk a log', value: disk.totalBytes / loaded.logs },
								...{ unit: 'bytes', better: 'less' as const },
							},
						]
					: []),
				{ name: 'CPU a block of the fakes', value: fakeCpuMs / (loaded.blocks * share), unit: 'ms' },
			],
			...problemOf(watched, { heads, limit }),
		}
	} finally {
		await running.stop()
	}
}

/** What a look at the heads tells: rates until the last level was reached, or the time was up. */
export function rateFigures(
	{ looks, reachedNs }: WatchedHeads,
	{ firstEventNs, logs }: { readonly firstEventNs: bigint | undefined; readonly logs: number },
): Figure[] {
	const last = looks.at(-1)
	if (last === undefined || last.blocks === 0 || firstEventNs === undefined) return []
	const after = (ns: bigint) => Number(ns - firstEventNs) / 1e9
	const seconds = after(reachedNs.localUnsafe ?? last.ns)
	const figures: Figure[] = [
		{ name: 'blocks/s', value: last.blocks / seconds, unit: 'blocks/s', better: 'more' },
		{ name: 'logs/s', value: logs / seconds, unit: 'logs/s' },
		{ name: 'CPU a block', value: last.cpuMs / last.blocks, unit: 'ms', better: 'less' },
	]
	const steady = steadyCpuMs(looks)
	if (steady !== undefined)
		figures.push({ name: 'CPU a block, second half', value: steady, unit: 'ms', better: 'less' })
	for (const level of LEVEL_NAMES) {
		const ns = reachedNs[level]
		if (ns === undefined) continue
		figures.push(
			level === 'localUnsafe'
				? { name: 'local-unsafe after', value: after(ns), unit: 's' }
				: { name: `${LEVEL_TITLES[level]}, and local-unsafe is 1`, value: after(ns) / seconds, unit: '' },
		)
	}
	return figures
}

/** CPU a block without the start, as far as looks tell it. */
function steadyCpuMs(looks: readonly Look[]): number | undefined {
	const last = looks.at(-1)
	const warm = looks.find(({ blocks }) => blocks >= (last?.blocks ?? 0) * WARM_UP_SHARE)
	if (last === undefined || warm === undefined || last.blocks <= warm.blocks) return undefined
	return (last.cpuMs - warm.cpuMs) / (last.blocks - warm.blocks)
}

/** Names the heads that were not reached. */
export function problemOf(
	{ reachedNs }: WatchedHeads,
	{ heads, limit }: { readonly heads: ReadonlyMap<ChainId, RecordedHeads>; readonly limit: number },
): { readonly problem?: string } {
	const missing = LEVEL_NAMES.filter((level) => reachedNs[level] === undefined)
	if (missing.length === 0) return {}
	const names = missing.map((level) => LEVEL_TITLES[level]).join(', ')
	return {
		problem: `not at the end of ${heads.size} chains after ${limit / 1000} s: ${names}; rates are of that time`,
	}
}
