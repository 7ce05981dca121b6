import { setTimeout as pause } from 'node:timers/promises'
import { sameBlock } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { type ChainSyncStatus, parseSyncStatus } from '../../src/protocol/sync-status.js'
import type { RecordedHeads } from '../../src/recording/recording.js'
import { callRpc } from '../../test/cluster/json-rpc.js'
import { LEVEL_NAMES, LEVELS, type Level } from '../levels.js'
import type { RunningContestant } from './contestant.js'

/** Local heads are told to nobody, so they are asked for. So seldom that it hardly shows in what is measured. */
const LOOK_INTERVAL_MS = 100

/** What was seen at a moment. */
export interface Look {
	readonly ns: bigint
	readonly cpuMs: number
	/** Blocks below the local-unsafe heads of all watched chains. */
	readonly blocks: number
}

export interface WatchedHeads {
	/** When the last watched chain reached its head of the level (process.hrtime); what is not here was not reached. */
	readonly reachedNs: { readonly [L in Level]?: bigint }
	/** In the order of time. */
	readonly looks: readonly Look[]
}

/**
 * Asks a contestant where it stands until its chains have reached the heads that they must end at, or the time is up.
 * @throws the reason why the contestant has ended
 */
export async function watchHeads(
	contestant: RunningContestant,
	heads: ReadonlyMap<ChainId, RecordedHeads>,
	limitMs: number,
): Promise<WatchedHeads> {
	const reachedNs: { [L in Level]?: bigint } = {}
	const looks: Look[] = []
	const deadline = performance.now() + limitMs
	while (performance.now() < deadline) {
		const status = await chainsOf(contestant)
		const ns = process.hrtime.bigint()
		let blocks = 0
		for (const chainId of heads.keys()) blocks += status?.get(chainId)?.localUnsafe.number ?? 0
		looks.push({ ns, cpuMs: contestant.meter.cpuMs, blocks })
		for (const level of LEVEL_NAMES) {
			if (hasReached(level, heads, status)) reachedNs[level] ??= ns
		}
		if (LEVEL_NAMES.every((level) => reachedNs[level] !== undefined)) break
		await wait(contestant.signal)
	}
	return { reachedNs, looks }
}

/** The heads of a contestant; undefined while it has none, or does not answer yet. */
export async function chainsOf({
	url,
	signal,
}: RunningContestant): Promise<ReadonlyMap<ChainId, ChainSyncStatus> | undefined> {
	signal.throwIfAborted()
	try {
		return parseSyncStatus(await callRpc(url, 'supervisor_syncStatus'), 'syncStatus').chains
	} catch {
		// It starts, or a chain of it has no block yet. Whoever waits for heads gives up when the time is up.
		return undefined
	}
}

/** Whether all chains stand at the heads that are expected. */
export function hasReached(
	level: Level,
	heads: ReadonlyMap<ChainId, RecordedHeads>,
	status: ReadonlyMap<ChainId, ChainSyncStatus> | undefined,
): boolean {
	return [...heads].every(([chainId, expectedHeads]) => {
		const expected = LEVELS[level].expected(expectedHeads)
		const found = status?.get(chainId)?.[LEVELS[level].reached]
		return expected === undefined || (found !== undefined && sameBlock(found, expected))
	})
}

async function wait(signal: AbortSignal): Promise<void> {
	try {
		await pause(LOOK_INTERVAL_MS, undefined, { signal })
	} catch {
		signal.throwIfAborted() // With the reason, which says what has ended.
	}
}
