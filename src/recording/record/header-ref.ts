import type { BlockRef } from '../../protocol/block.js'
import { MalformedValueError } from '../../protocol/errors.js'
import { parseHash } from '../../protocol/hash.js'
import { parseHexUint64 } from '../../protocol/hex-uint64.js'
import type { Fields } from '../field-reader.js'

/** The ref of a block as JSON-RPC has it. @throws MalformedValueError naming the member */
export function headerRef(block: Fields): BlockRef {
	return {
		hash: parseHash(block.hash, 'block.hash'),
		number: quantity(block.number, 'block.number'),
		parentHash: parseHash(block.parentHash, 'block.parentHash'),
		timestamp: quantity(block.timestamp, 'block.timestamp'),
	}
}

/** @throws MalformedValueError naming `field`, also for what would be rounded. */
export function quantity(value: unknown, field: string): number {
	const number = Number(parseHexUint64(value, field))
	if (!Number.isSafeInteger(number)) throw new MalformedValueError(field, 'at most 2^53 - 1', value)
	return number
}
