import { isActivationBlock, isInterop } from '../../config/interop-activation.js'
import type { DerivedBlockRefPair } from '../../protocol/block.js'
import { formatBlock, sameBlock } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import { judgeLink } from '../link-rules.js'
import type { NodeSession } from '../node-session.js'
import { onOtherBlock } from './other-block.js'

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
	// What follows an invalid block will be derived anew.
	for (const invalid of [chain.awaited, node.invalidation.block]) {
		if (invalid !== undefined && link.derived.number >= invalid.number) return
	}
	await chain.links.room()
	if (chain.last === undefined) return firstLink(chain, node, link)

	const verdict = judgeLink(chain.last, link)
	switch (verdict.kind) {
		case 'repeat':
			return chain.dispute.agreed(node, link.derived.number)
		case 'new-source':
		case 'new-derived':
			append(chain, node, chain.last, link)
			return chain.dispute.agreed(node, link.derived.number)
		case 'traversed-again':
		case 'behind':
			return repeatOrOther(chain, node, link)
		case 'other-derived':
			return onOtherBlock(chain, node, link, chain.last.derived.hash)
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
	node.progressed()
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
	if (isNew) chain.index(link.derived, node)
	node.progressed()
}

/** Perhaps it is our view of L1 that is old: it is compared with L1, and the node is reset to what holds then. */
function otherL1(chain: ChainContext, node: NodeSession, { source }: DerivedBlockRefPair): void {
	chain.suspectL1()
	node.startReset(`conflict: source ${formatBlock(source)} is not on the cluster's L1`)
}

/** A late node repeats what is known, over whatever source. */
async function repeatOrOther(
	chain: ChainContext,
	node: NodeSession,
	link: DerivedBlockRefPair,
): Promise<void> {
	const { derived, source } = link
	const known = chain.localSafeHash(derived.number)
	if (known !== undefined && known !== derived.hash) return onOtherBlock(chain, node, link, known)
	const onL1 = chain.l1.at(source.number)
	if (onL1 !== undefined && onL1.hash !== source.hash) otherL1(chain, node, link)
	else if (known !== undefined) await chain.dispute.agreed(node, derived.number)
}
