import type { BlockRef } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'

/** L1 answered with something that is not what was asked for. The answer is dropped and asked for again. */
export class L1ResponseError extends Error {
	override readonly name = 'L1ResponseError'
	constructor(
		readonly method: string,
		readonly field: string,
		readonly expected: string,
		readonly found: unknown,
	) {
		super(`L1 answered ${method} with a bad ${field}: expected ${expected}, found ${render(found)}`)
	}
}

/**
 * A request to L1 failed: no connection, no answer in time, an HTTP status, or a JSON-RPC error. The URL is not
 * part of it, because L1 URLs carry API keys and errors go to logs.
 */
export class L1RequestError extends Error {
	override readonly name = 'L1RequestError'
	constructor(
		readonly method: string,
		readonly reason: string,
		readonly facts: {
			/** HTTP status, if the server answered with another than 2xx. */
			readonly status?: number
			/** JSON-RPC error code, if the server answered with an error. */
			readonly code?: number
		} = {},
	) {
		super(`L1 request ${method} failed: ${reason}`)
	}

	/** The server is there and refused this request, so that another form of the request may succeed. */
	get answered(): boolean {
		return this.facts.status !== undefined || this.facts.code !== undefined
	}
}

/** The L1 endpoint serves another chain than the configured one. */
export class L1WrongChainError extends Error {
	override readonly name = 'L1WrongChainError'
	constructor(
		readonly expected: bigint,
		readonly found: bigint,
	) {
		super(`the L1 endpoint serves chain ${found}, not ${expected}: check --l1-rpc`)
	}
}

/** Successive answers of L1 do not fit together: an endpoint that balances between nodes with different views. */
export class L1ViewsDifferError extends Error {
	override readonly name = 'L1ViewsDifferError'
	constructor(
		readonly number: number,
		detail: string,
	) {
		super(`L1 answers from different views near block ${number}: ${detail}`)
	}
}

/** L1 has no block with this number although it said that it is longer. */
export class L1BlockMissingError extends Error {
	override readonly name = 'L1BlockMissingError'
	constructor(readonly number: number) {
		super(`L1 has no block ${number} although its tip is not below it`)
	}
}

/** What L1 calls final, or the only chain that it still serves, contradicts a block that was final or indexed. */
export class L1ContradictionError extends Error {
	override readonly name = 'L1ContradictionError'
	constructor(
		readonly known: BlockRef,
		readonly reported: BlockRef,
		readonly source: 'finalized label' | 'reorg below finality',
	) {
		super(
			`L1 contradicts finality (${source}): it reports ${formatBlock(reported)} where ` +
				`${formatBlock(known)} is known; it is not followed: check the L1 endpoint`,
		)
	}
}

/** The feed was closed while somebody waited for a block. */
export class L1FeedClosedError extends Error {
	override readonly name = 'L1FeedClosedError'
	constructor() {
		super('the L1 feed is closed')
	}
}

/** A short, safe rendering of an untrusted value. */
function render(value: unknown): string {
	if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
	if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
	return String(value)
}
