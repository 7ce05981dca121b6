import type { Logger } from 'pino'
import { type BlockId, type BlockRef, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	ConflictError,
	FutureDataError,
	RewindFailedError,
	SkippedDataError,
	UnknownChainError,
} from '../protocol/errors.js'
import type { Store, View } from '../storage/index.js'
import { type HoldableChain, whileHeld } from './hold-chains.js'

/** A chain as a rewind needs it. */
export interface RewoundChain extends HoldableChain {
	/** Takes up the chain from the store, and has its nodes reset. */
	afterL1Cut(common: BlockRef, reason: string): Promise<void>
}

export interface RewindModules {
	readonly log: Logger
	readonly store: Store
	readonly chains: ReadonlyMap<ChainId, RewoundChain>
	/** Forgets the L1 blocks above this one that are not stored yet. */
	readonly forget: (common: BlockRef) => void
	/** After the cut. */
	readonly onCut: () => void
}

/**
 * Cuts a chain back to a block that it has. What the other chains have verified against the blocks above would stand
 * on nothing, so a cut below the cross-safe head cuts all chains, at the L1 block before which the first of them became
 * cross-safe; the nodes derive it again.
 * @throws UnknownChainError. @throws ConflictError if the chain has another block there. @throws FutureDataError or
 * SkippedDataError if it has none. @throws RewindFailedError if a later one is final: finality never goes back.
 */
export async function rewindChain(modules: RewindModules, chainId: ChainId, to: BlockId): Promise<void> {
	const { chains, log, store } = modules
	if (!chains.has(chainId)) throw new UnknownChainError(chainId)
	await whileHeld(chains.values(), async () => {
		const l1Cut = store.read((view) => checkRewind(view, chainId, to))
		if (l1Cut !== undefined) {
			await store.cutL1(l1Cut)
			modules.forget(l1Cut)
		}
		if (store.read((view) => (view.localSafeHead(chainId)?.derived.number ?? 0) > to.number))
			await store.cutLocalSafe(chainId, to.number)
		if (store.read((view) => (view.localUnsafe(chainId)?.number ?? 0) > to.number))
			await store.cutCanonical(chainId, to)
		log.warn({ chain: `${chainId}`, block: formatBlock(to) }, 'an operator has rewound the chain')
		const cut = store.read((view) => view.l1Head)
		const affected = l1Cut === undefined ? [chains.get(chainId)] : [...chains.values()]
		for (const chain of affected)
			if (cut !== undefined) await chain?.afterL1Cut(cut, `an operator has rewound it to ${formatBlock(to)}`)
		modules.onCut()
	})
}

/** The L1 block that all chains have to be cut to, or undefined if this chain's unsafe part is all that goes. */
function checkRewind(view: View, chainId: ChainId, to: BlockId): BlockRef | undefined {
	const stored = view.canonical(chainId, to.number)
	if (stored === undefined) throw noBlock(view, chainId, to.number)
	if (stored.hash !== to.hash)
		throw new ConflictError(`block ${to.number} of chain ${chainId} is ${stored.hash}, not ${to.hash}`)
	const finalized = view.finalized(chainId)
	if (finalized !== undefined && finalized.number > to.number)
		throw new RewindFailedError(`block ${formatBlock(finalized)} of chain ${chainId} is final`)
	const next = view.crossSafe(chainId, to.number + 1)
	if (next === undefined) return undefined
	const common = view.l1AtOrBelow(next.scope - 1)
	if (common === undefined || common.number < (view.finalizedL1?.number ?? 0))
		throw new RewindFailedError(`L1 is final up to the block at which ${formatBlock(next)} became cross-safe`)
	return common
}

function noBlock(view: View, chainId: ChainId, number: number): Error {
	const head = view.localUnsafe(chainId)?.number ?? -1
	return number > head
		? new FutureDataError(`chain ${chainId} has no block ${number} yet: it cannot be rewound to it`)
		: new SkippedDataError(`block ${number} is before the first block of chain ${chainId}`)
}
