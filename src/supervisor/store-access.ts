import type { BlockRef, DerivedBlockRefPair } from '../protocol/block.js'
import type { Store } from '../storage/index.js'
import type { ChainStore } from './coordinator-modules.js'

/** The store as the coordinators use it: each read takes its own short snapshot. */
export function storeAccess(store: Store): ChainStore {
	return {
		anchor: (chainId) => store.read((view) => view.anchor(chainId)),
		firstKept: (chainId) => store.read((view) => view.firstKept(chainId)),
		head: (chainId) => store.read((view) => view.localUnsafe(chainId)),
		canonical: (chainId, number) => store.read((view) => view.canonical(chainId, number)),
		localSafeBlock: (chainId, number) => store.read((view) => view.localSafe(chainId, number)),
		localSafeSource: (chainId, number) => store.read((view) => view.localSafe(chainId, number)?.source),
		lastLink: (chainId) =>
			store.read((view): DerivedBlockRefPair | undefined => {
				const head = view.localSafeHead(chainId)
				const source: BlockRef | undefined = head && view.l1(head.source.number)
				return head && source && { source, derived: head.derived }
			}),
		startChain: (chainId, anchor) => store.startChain(chainId, anchor),
		seal: (chainId, run) => store.seal(chainId, run),
		cutCanonical: (chainId, to) => store.cutCanonical(chainId, to),
		appendLinks: (chainId, batch) => store.appendLinks(chainId, batch),
		pendingInvalidation: (chainId) => store.read((view) => view.pendingInvalidation(chainId)?.block),
		invalidated: (chainId, block) => store.read((view) => view.invalidated(chainId, block)),
		disputed: (chainId) => store.read((view) => view.disputed(chainId)),
		setDisputed: (chainId, disputed) => store.setDisputed(chainId, disputed),
		cutLocalSafe: (chainId, to) => store.cutLocalSafe(chainId, to),
		invalidate: async ({ chainId, block, scope, reason }, generation) => {
			const { hash, number, parentHash, timestamp, source } = block
			const time = Math.floor(Date.now() / 1000)
			const row = { block: { hash, number, parentHash, timestamp }, source, scope, rule: reason, time }
			const isDone = await store.invalidate(chainId, row, generation)
			if (isDone) await store.flushed()
			return isDone
		},
		replace: async (chainId, replacement) => {
			await store.replace(chainId, replacement)
			await store.flushed()
		},
	}
}
