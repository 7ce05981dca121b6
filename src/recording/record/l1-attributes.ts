import type { BlockId } from '../../protocol/block.js'
import { bytesToHash } from '../../protocol/hash.js'

/** What an L2 block says of its L1 origin. */
export interface L1Attributes {
	readonly origin: BlockId
	readonly sequenceNumber: number
}

/** `setL1BlockValues(...)` with ABI-encoded arguments, until Ecotone. */
const BEDROCK = '015d8eb9'
/** Packed arguments; each fork since Ecotone appended to those before. */
const PACKED = new Set([
	// Ecotone
	'440a5e20',
	// Isthmus
	'098999be',
	// Interop
	'760ee04d',
	// Jovian
	'3db6be2b',
])
const SELECTOR_BYTES = 4
const BEDROCK_BYTES = SELECTOR_BYTES + 8 * 32
const PACKED_BYTES = SELECTOR_BYTES + 160
/** Places of the members that are read. */
const BEDROCK_PLACES = { number: 4 + 24, hash: 4 + 3 * 32, sequenceNumber: 4 + 4 * 32 + 24 }
const PACKED_PLACES = { sequenceNumber: 12, number: 28, hash: 100 }

/**
 * Reads the call data of an L1 attributes deposit, the first transaction of every L2 block but genesis (OP Stack
 * specification, "L1 attributes deposited transaction").
 * @throws RangeError saying what is not understood
 */
export function parseL1Attributes(callData: Buffer): L1Attributes {
	const selector = callData.subarray(0, SELECTOR_BYTES).toString('hex')
	const isPacked = PACKED.has(selector)
	if (!isPacked && selector !== BEDROCK) {
		throw new RangeError(`its L1 attributes have the unknown form 0x${selector}; a newer program may know it`)
	}
	const least = isPacked ? PACKED_BYTES : BEDROCK_BYTES
	if (callData.length < least) {
		throw new RangeError(`its L1 attributes are ${callData.length} bytes long, expected at least ${least}`)
	}
	const places = isPacked ? PACKED_PLACES : BEDROCK_PLACES
	return {
		origin: {
			hash: bytesToHash(callData.subarray(places.hash, places.hash + 32)),
			number: Number(callData.readBigUInt64BE(places.number)),
		},
		sequenceNumber: Number(callData.readBigUInt64BE(places.sequenceNumber)),
	}
}
