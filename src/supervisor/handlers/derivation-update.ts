import { isActivationBlock, isInterop } from '../../config/interop-activation.js'
import type { DerivedBlockRefPair } from '../../protocol/block.js'
import { formatBlock, sameBlock } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import { judgeLink } from '../link-rules.js'
import type { NodeSession } from '../node-session.js'

/**
 * `derivationUpdate`: the next local-safe link, a harmless repeat, or a reason to reset the node (protocol notes,
 * "Adding to local-safe", and the exceptions of the managed-node notes).
 */
export async function onDerivationUpdate(
	chain: ChainContext,
	node: NodeSession,
	link: DerivedBlockRefPair,
): Promise<void> {
	if (!isInterop(chain.rollup, link.derived.timestamp)) return
	if (chain.awaited !== undefined) return // What follows an invalid block will be derived anew.
	await chain.links.room()
	if (chain.last === undefined) return firstLink(chain, node, link)

	const verdict = judgeLink(chain.last, link)
	switch (verdict.kind) {
		case 'repeat':
			return
		case 'new-source':
		case 'new-derived':
			return append(chain, node, chain.last, link)
		case 'traversed-again':
			return requireCanonicalSource(chain, node, link)
		case 'behind':
			return repeatOrConflict(chain, node, link)
		case 'conflict':
			chain.suspectL1()
			node.startReset(`conflict: ${verdict.detail}`)
			return
		case 'gap':
		case 'out-of-order':
			node.startReset(`${verdict.kind}: ${verdict.detail}`)
	}
}

/** The first link is taken as it is, if it is the one of the configuration: genesis, or the activation block. */
async function firstLink(chain: ChainContext, node: NodeSession, link: DerivedBlockRefPair): Promise<void> {
	const { genesis, interopTime } = chain.rollup
	const fromGenesis = interopTime !== null && interopTime <= genesis.l2Time
	const isFirst = fromGenesis
		? sameBlock(link.derived, genesis.l2)
		: isActivationBlock(chain.rollup, link.derived.timestamp)
	if (!isFirst) {
		node.startReset(`gap: derived ${formatBlock(link.derived)}, but the chain's first link is not known yet`)
		return
	}
	if (fromGenesis && link.source.number > genesis.l1.number) {
		node.startReset(
			`gap: source ${formatBlock(link.source)}, but the chain starts from ${formatBlock(genesis.l1)}`,
		)
		return
	}
	if (chain.l1.add(link.source) === 'conflict') {
		otherL1(chain, node, link)
		return
	}
	if (chain.anchor === undefined) await chain.begin(link.derived)
	chain.last = link
	chain.links.link(link)
	chain.progressed()
}

function append(
	chain: ChainContext,
	node: NodeSession,
	last: DerivedBlockRefPair,
	link: DerivedBlockRefPair,
): void {
	if (chain.l1.add(link.source) === 'conflict') {
		otherL1(chain, node, link)
		return
	}
	const isNew = link.derived.number > last.derived.number
	chain.links.link(link)
	chain.last = link
	if (isNew) chain.index(link.derived)
	chain.progressed()
}

function requireCanonicalSource(chain: ChainContext, node: NodeSession, link: DerivedBlockRefPair): void {
	const known = chain.l1.at(link.source.number)
	if (known !== undefined && known.hash !== link.source.hash) otherL1(chain, node, link)
}

/** Perhaps it is our view of L1 that is old: it is compared with L1, and the node is reset to what holds then. */
function otherL1(chain: ChainContext, node: NodeSession, { source }: DerivedBlockRefPair): void {
	chain.suspectL1()
	node.startReset(`conflict: source ${formatBlock(source)} is not on the cluster's L1`)
}

/** A late node repeats what is known; another block at a known height is a conflict. */
function repeatOrConflict(chain: ChainContext, node: NodeSession, link: DerivedBlockRefPair): void {
	const known = chain.localSafeHash(link.derived.number)
	if (known === undefined || known === link.derived.hash) requireCanonicalSource(chain, node, link)
	else
		node.startReset(
			`conflict: derived ${formatBlock(link.derived)}, where ${known.slice(0, 10)} is local-safe`,
		)
}
