import type { BlockId } from '../protocol/block.js'
import { type ChainId, parseChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import { type ExecutingDescriptor, parseExecutingDescriptor } from '../protocol/executing-descriptor.js'
import { type Hash, parseHash } from '../protocol/hash.js'
import { parseHexUint64 } from '../protocol/hex-uint64.js'
import { parseBlockId } from '../protocol/parse-block.js'
import { parseSafetyLevel, type SafetyLevel } from '../protocol/safety-level.js'
import type { Param } from './method.js'

/**
 * A transaction pays 1,900 gas for each entry and may use 16.7 million gas (EIP-7825), so none has more than 8,830. A
 * longer list could never be paid for, and would keep other callers waiting.
 */
const MAX_ACCESS_LIST_ENTRIES = 8_830

export const chain: Param<ChainId> = { name: 'chainID', parse: parseChainId }

export const block = (name: string): Param<BlockId> => ({ name, parse: parseBlockId })

export const timestamp: Param<bigint> = { name: 'timestamp', parse: parseHexUint64 }

/** Null is an empty list, as it is for the peers. */
export const inboxEntries: Param<readonly Hash[]> = {
	name: 'inboxEntries',
	nullable: true,
	parse(value, field) {
		if (value === null) return []
		if (!Array.isArray(value)) throw new MalformedValueError(field, 'an array of hashes', value)
		if (value.length > MAX_ACCESS_LIST_ENTRIES)
			throw new MalformedValueError(
				field,
				`at most ${MAX_ACCESS_LIST_ENTRIES} entries, which is what a transaction can pay for`,
				value.length,
			)
		return value.map((entry, index) => parseHash(entry, `${field}[${index}]`))
	},
}

export const minSafety: Param<SafetyLevel> = { name: 'minSafety', parse: parseSafetyLevel }

/** Null is a descriptor of zeros, as it is for the peers. */
export const executingDescriptor: Param<ExecutingDescriptor> = {
	name: 'executingDescriptor',
	nullable: true,
	parse: parseExecutingDescriptor,
}

export const flag = (name: string): Param<boolean> => ({
	name,
	parse(value, field) {
		if (typeof value !== 'boolean') throw new MalformedValueError(field, 'true or false', value)
		return value
	},
})
