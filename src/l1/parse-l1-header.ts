import type { BlockRef } from '../protocol/block.js'
import { parseHash } from '../protocol/hash.js'
import { L1ResponseError } from './l1-errors.js'

const QUANTITY = /^0x[0-9a-fA-F]{1,64}$/

/**
 * Reads the header of an L1 block as `eth_getBlockByNumber` and `newHeads` give it; only number, hash, parent
 * hash and timestamp are looked at.
 * @throws L1ResponseError naming `method` and the field.
 */
export function parseL1Header(value: unknown, method: string): BlockRef {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new L1ResponseError(method, 'block', 'an object', value)
	}
	return {
		hash: hashMember(value, 'hash', method),
		number: quantityMember(value, 'number', method),
		parentHash: hashMember(value, 'parentHash', method),
		timestamp: quantityMember(value, 'timestamp', method),
	}
}

/** Reads a JSON-RPC quantity of up to 256 bits. @throws L1ResponseError */
export function parseQuantity(value: unknown, field: string, method: string): bigint {
	if (typeof value !== 'string' || !QUANTITY.test(value)) {
		throw new L1ResponseError(method, field, 'a hex quantity', value)
	}
	return BigInt(value)
}

function hashMember(block: object, field: string, method: string) {
	const value: unknown = Reflect.get(block, field)
	try {
		return parseHash(value, field)
	} catch (error) {
		throw Object.assign(new L1ResponseError(method, field, 'a hash of 32 bytes', value), { cause: error })
	}
}

function quantityMember(block: object, field: string, method: string): number {
	const value: unknown = Reflect.get(block, field)
	const number = Number(parseQuantity(value, field, method))
	// Above 2^53 - 1 a number would be rounded to another block's.
	if (!Number.isSafeInteger(number)) throw new L1ResponseError(method, field, 'at most 2^53 - 1', value)
	return number
}
