import { encodeAccessList } from '../src/protocol/access-list.js'
import { messageChecksum } from '../src/protocol/checksum.js'
import { Random } from '../src/recording/generate/random.js'
import type { View } from '../src/storage/index.js'

/** Enough that caches of the questions themselves do not help. */
const QUESTIONS = 512
const SEED = 7

/** Access checks of stored logs, chosen at random, `entries` of them each; all are valid. */
export function accessQuestions(view: View, entries: number): string[] {
	const random = new Random(SEED)
	return Array.from({ length: QUESTIONS }, (_, id) => {
		const accesses = Array.from({ length: entries }, () => anyAccess(view, random))
		const latest = Math.max(...accesses.map(({ timestamp }) => Number(timestamp)))
		const descriptor = { chainID: `${view.chainIds[0]}`, timestamp: `0x${latest.toString(16)}` }
		return question(id, 'supervisor_checkAccessList', [
			encodeAccessList(accesses),
			'cross-unsafe',
			descriptor,
		])
	})
}

export function sourceQuestions(view: View): string[] {
	const random = new Random(SEED)
	return Array.from({ length: QUESTIONS }, (_, id) => {
		const chainId = view.chainIds[random.below(view.chainIds.length)] ?? view.chainIds[0]
		if (chainId === undefined) throw new Error('the store has no chain')
		const head = view.crossSafeHead(chainId)?.number ?? 0
		const block = view.crossSafe(chainId, random.below(head + 1))
		const derived = { hash: block?.hash, number: block?.number }
		return question(id, 'supervisor_crossDerivedToSource', [`${chainId}`, derived])
	})
}

export function statusQuestions(): string[] {
	return [question(1, 'supervisor_syncStatus', [])]
}

function anyAccess(view: View, random: Random) {
	for (;;) {
		const chainId = view.chainIds[random.below(view.chainIds.length)]
		if (chainId === undefined) throw new Error('the store has no chain')
		const head = view.crossUnsafe(chainId)?.number ?? 0
		const block = view.canonical(chainId, 1 + random.below(Math.max(head, 1)))
		if (block === undefined || block.logCount === 0) continue
		const logIndex = random.below(block.logCount)
		const logHash = view.logHash(chainId, block, logIndex)
		if (logHash === undefined) continue
		const place = { chainId, blockNumber: BigInt(block.number), timestamp: BigInt(block.timestamp), logIndex }
		return { ...place, checksum: messageChecksum({ ...place, logHash }) }
	}
}

function question(id: number, method: string, params: unknown[]): string {
	return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}
