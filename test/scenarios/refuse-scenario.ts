import type { DerivedBlockRefPair } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { errorClass } from './error-class.js'
import type { Operator } from './operator.js'
import type { Operation, Outcome, Scenario } from './scenario.js'
import type { ClusterBlock } from './scenario-blocks.js'

/**
 * A chain with two blocks of one timestamp cannot be (rules, P1). Replays a scenario that has one, and says whether
 * the second block was refused, as a conflict, each time that it came next: by the steps of the scenario, and once
 * more, sealed and derived, at its end. What else the steps came to is not compared.
 */
export async function isRefusedAsImpossible(scenario: Scenario, operator: Operator): Promise<boolean> {
	const { blocks } = operator.cluster
	const verdicts: (string | undefined)[] = []
	for (const operation of scenario.ops) {
		const isOffered = offersImpossible(operation, operator)
		const { verdict } = await operator.perform(operation)
		if (isOffered) verdicts.push(verdict)
	}
	for (const chainId of operator.cluster.chainIds) {
		for (const block of blocks.all(chainId)) verdicts.push(...(await offer(chainId, block, operator)))
	}
	return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'conflict')
}

/** Does the step put a block on top of the head that it would extend, with the head's time? */
function offersImpossible({ op, chain, block, l1 }: Operation, { cluster }: Operator): boolean {
	if (op !== 'seal' && op !== 'derive') return false
	const { blocks } = cluster
	const chainId = blocks.chainId(chain)
	const content = blocks.block(chainId, block)
	const heads = headsOf(chainId, { cluster })
	if (op === 'seal') return heads.isMarked ? false : isImpossibleOn(content, heads.sealed)
	const isNext = heads.source?.hash === blocks.l1(l1).hash && !heads.isMarked
	return isNext && isImpossibleOn(content, heads.derived)
}

/** Seals and derives a block where it would come next with the time of its parent. */
async function offer(chainId: ChainId, block: ClusterBlock, operator: Operator): Promise<string[]> {
	const { source, derived, sealed, isMarked } = headsOf(chainId, operator)
	if (isMarked) return []
	const verdicts: string[] = []
	if (isImpossibleOn(block, sealed)) verdicts.push(await verdictOf(() => operator.seal(chainId, block)))
	if (source !== undefined && isImpossibleOn(block, derived)) {
		const link: DerivedBlockRefPair = { source, derived: block.ref }
		verdicts.push(await verdictOf(() => operator.derive(chainId, link)))
	}
	return verdicts
}

function headsOf(chainId: ChainId, { cluster }: Pick<Operator, 'cluster'>) {
	return cluster.read((view) => {
		const last = view.localSafeHead(chainId)
		return {
			sealed: view.localUnsafe(chainId),
			derived: last?.derived,
			source: last && view.l1(last.source.number),
			isMarked: view.pendingInvalidation(chainId) !== undefined,
		}
	})
}

function isImpossibleOn(
	{ ref }: ClusterBlock,
	head: { readonly hash: string; readonly timestamp: number } | undefined,
): boolean {
	return head !== undefined && ref.parentHash === head.hash && ref.timestamp <= head.timestamp
}

async function verdictOf(action: () => Promise<Outcome>): Promise<string> {
	try {
		return (await action()).verdict ?? ''
	} catch (error) {
		return errorClass(error)
	}
}
