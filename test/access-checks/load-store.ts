import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Cluster } from '../scenarios/cluster.js'
import type { Entry } from '../scenarios/scenario.js'
import type { ChainRecord, RecordedStore } from './recorded-store.js'

/** Brings a fresh store into a recorded state, by the writes that main and the cross-safety worker would make. */
export async function loadStore(cluster: Cluster, recorded: RecordedStore): Promise<void> {
	const { blocks, store } = cluster
	for (const [id, chain] of Object.entries(recorded.state)) {
		const chainId = blocks.chainId(id)
		await seal(cluster, chainId, chain)
		for (const entry of chain.localSafe) await derive(cluster, chainId, entry)
	}
	for (const [id, chain] of Object.entries(recorded.state)) await promote(cluster, blocks.chainId(id), chain)
	for (const [id, chain] of Object.entries(recorded.state)) await mark(cluster, blocks.chainId(id), chain)
	if (recorded.finalizedL1 !== null) {
		// The L1 chain of the store ends with the last source; the finalized block may be beyond it.
		await store.setFinalizedL1(blocks.l1(recorded.finalizedL1))
	}
	await store.setFailsafe(recorded.failsafe)
}

/** Seals the chain from the anchor to the recorded head. */
async function seal(cluster: Cluster, chainId: ChainId, { localUnsafe }: ChainRecord): Promise<void> {
	if (localUnsafe === undefined) return
	const { blocks, store } = cluster
	const anchor = blocks.block(chainId, 0)
	const path = []
	let block = blocks.block(chainId, localUnsafe)
	while (block !== anchor) {
		path.unshift({ ...block.ref, logCount: block.logs.logCount })
		const parent = blocks.byHash(chainId, block.ref.parentHash)
		if (parent === undefined) throw new Error(`chain ${chainId}: no path from the anchor to ${localUnsafe}`)
		block = parent
	}
	await store.startChain(chainId, anchor.ref)
	if (path.length > 0) await store.seal(chainId, path)
}

async function derive(cluster: Cluster, chainId: ChainId, [l1, block]: Entry): Promise<void> {
	const { blocks } = cluster
	await cluster.appendLink(chainId, blocks.l1(l1), blocks.block(chainId, block).ref)
}

async function promote(cluster: Cluster, chainId: ChainId, recorded: ChainRecord): Promise<void> {
	const { blocks, store } = cluster
	const crossSafe = recorded.crossSafe.map(([l1, block]) => {
		const { hash, number } = blocks.block(chainId, block).ref
		return { hash, number, scope: blocks.l1(l1).number }
	})
	const head =
		recorded.crossUnsafe === undefined ? undefined : blocks.block(chainId, recorded.crossUnsafe).ref
	const crossUnsafe = head && { hash: head.hash, number: head.number }
	const generation = cluster.read((view) => view.generation)
	await store.promote({ generation, chains: [{ chainId, crossSafe, ...(crossUnsafe && { crossUnsafe }) }] })
}

/** Invalidates the last derived block if the recording has a marker for it. */
async function mark(cluster: Cluster, chainId: ChainId, { localSafe }: ChainRecord): Promise<void> {
	const [l1, , , isInvalid] = localSafe.at(-1) ?? []
	if (isInvalid !== 1) return
	const { blocks, store } = cluster
	const block = cluster.read((view) => view.localSafeHead(chainId)?.derived)
	if (block === undefined) return
	const scope = blocks.l1(l1).number
	await store.invalidate(chainId, { block, source: block.source, scope, rule: 'recorded', time: 0 })
}
