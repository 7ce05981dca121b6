import { isActivationBlock, isInterop } from '../../config/interop-activation.js'
import type { DerivedBlockRefPair } from '../../protocol/block.js'
import { formatBlock, sameBlock } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import { judgeLink } from '../link-rules.js'
import type { NodeSession } from '../node-session.js'
import { onAgreement } from './agreement.js'
import { onOtherBlock } from './other-block.js'

/**
 * `derivationUpdate`: the next local-safe link, a harmless repeat, or a reason to reset the node (protocol notes,
 * "Adding to local-safe", and the exceptions of the managed-node notes).
 * @param isMove the node has moved to the L1 block, and repeats its last L2 block
 */
export async function onDerivationUpdate(
	chain: ChainContext,
	node: NodeSession,
	link: DerivedBlockRefPair,
	isMove: boolean,
): Promise<void> {
	if (!isInterop(chain.rollup, link.derived.timestamp)) return
	// What follows an invalid block will be derived anew.
	for (const invalid of [chain.awaited, node.invalidation.block]) {
		if (invalid !== undefined && link.derived.number >= invalid.number) return
	}
	await chain.links.room()
	if (chain.last === undefined) return firstLink(chain, node, link, isMove)

	const verdict = judgeLink(chain.last, link)
	switch (verdict.kind) {
		case 'repeat':
			return onAgreement(chain, node, link.derived)
		case 'new-derived':
			// A move brings no new L2 block: this one repeats a state of before a reset, which overtook it.
			if (isMove) return
			append(chain, node, chain.last, link)
			return onAgreement(chain, node, link.derived)
		case 'new-source':
			append(chain, node, chain.last, link)
			return onAgreement(chain, node, link.derived)
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

/**
 * The first link is taken as it is, if it is the one of the configuration: genesis with L1's genesis, or the
 * activation block with the L1 block that it was derived from. A node that walks again repeats the activation block
 * over older L1 blocks, always in a move; if it cannot be had derive that block again, what counts is where the block
 * after it is derived.
 */
async function firstLink(
	chain: ChainContext,
	node: NodeSession,
	link: DerivedBlockRefPair,
	isMove: boolean,
): Promise<void> {
	const { source, derived } = link
	const { genesis, interopTime } = chain.rollup
	if (interopTime !== null && interopTime <= genesis.l2Time) {
		if (sameBlock(derived, genesis.l2) && source.number <= genesis.l1.number) return begin(chain, node, link)
		node.startReset(
			`gap: ${formatBlock(derived)} of ${formatBlock(source)}, but the chain starts from ${formatBlock(genesis.l1)}`,
		)
		return
	}
	if (isActivationBlock(chain.rollup, derived.timestamp)) {
		if (!isMove) await begin(chain, node, link)
		return
	}
	const { anchor } = chain
	if (anchor !== undefined && derived.parentHash === anchor.hash && !isMove && node.isFromAnchor) {
		await begin(chain, node, { source, derived: anchor })
		if (chain.last !== undefined) append(chain, node, chain.last, link)
		return
	}
	node.startResetBeforeFirstLink(
		`gap: derived ${formatBlock(derived)}, but the chain's first link is not known yet`,
	)
}

async function begin(chain: ChainContext, node: NodeSession, link: DerivedBlockRefPair): Promise<void> {
	if (chain.l1.add(link.source) === 'conflict') {
		otherL1(chain, node, link)
		return
	}
	// Until now the first block was only what a sequencer said.
	if (chain.anchor === undefined || !sameBlock(chain.anchor, link.derived)) await chain.begin(link.derived)
	chain.last = link
	chain.links.link(link)
	node.agrees(link.derived.number)
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
	if (known === undefined) repeatPruned(chain, node, link)
	if (known !== undefined && known !== derived.hash) return onOtherBlock(chain, node, link, known)
	const onL1 = chain.l1.at(source.number)
	if (onL1 !== undefined && onL1.hash !== source.hash) otherL1(chain, node, link)
	else if (known !== undefined) await onAgreement(chain, node, link.derived)
}

/**
 * The store does not have the block any more: retention has removed it. What was invalid is remembered, though, and a
 * node that derives the chain from its beginning has to replace it as all others did.
 */
function repeatPruned(
	chain: ChainContext,
	node: NodeSession,
	{ derived, source }: DerivedBlockRefPair,
): void {
	if (derived.number >= (chain.firstKept?.number ?? 0)) return
	const old = chain.invalidated(derived)
	if (old === undefined || old.replacement === null || source.number > old.scope) return
	chain.log.info(
		{ node: node.url, block: formatBlock(derived), scope: old.scope },
		'the node derives a block that was replaced before, it is told to replace it, too',
	)
	node.invalidation.begin(old.block)
}
