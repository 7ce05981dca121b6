import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'

/** A payload is not the block that it claims to be. It is not passed on. */
export class WrongPayloadError extends Error {
	override readonly name = 'WrongPayloadError'
	constructor(
		readonly hash: Hash,
		readonly fault: string,
	) {
		super(`payload of block ${hash} is not that block: ${fault}`)
	}
}

/** The log index does not have the block, so that it is not known to be of the chain. */
export class UnknownPayloadError extends Error {
	override readonly name = 'UnknownPayloadError'
	constructor(
		readonly chainId: ChainId,
		readonly hash: Hash,
		readonly number: number,
	) {
		super(
			`block ${number} ${hash} is neither in the index of chain ${chainId} nor just above it: post it once its node has it`,
		)
	}
}

/** A node in `--unsafe-routing.nodes` is of a chain that is not of the cluster. It is told nothing. */
export class FollowerWrongChainError extends Error {
	override readonly name = 'FollowerWrongChainError'
	constructor(
		readonly url: string,
		readonly found: bigint,
		readonly expected: readonly ChainId[],
	) {
		super(`node ${url} is of chain ${found}, expected ${expected.join(' or ')}: check --unsafe-routing.nodes`)
	}
}

/** A node in `--unsafe-routing.nodes` answers what no op-node answers. */
export class FollowerAnswerError extends Error {
	override readonly name = 'FollowerAnswerError'
	constructor(
		readonly url: string,
		readonly method: string,
		detail: string,
	) {
		super(
			`node ${url} answered ${method} wrongly (${detail}): --unsafe-routing.nodes wants the RPC of op-nodes`,
		)
	}
}
