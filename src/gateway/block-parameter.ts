import type { BlockRef } from '../protocol/block.js'
import { MalformedValueError } from '../protocol/errors.js'
import { type Hash, parseHash } from '../protocol/hash.js'
import { isRecord } from '../protocol/record.js'
import type { CanonicalView } from './canonical-view.js'
import { type Found, then } from './found.js'
import type { SafeLabel } from './safe-label.js'

/** Which block a caller means. */
export type BlockParameter =
	| { readonly label: Label }
	| { readonly number: number }
	| { readonly hash: Hash; readonly requireCanonical: boolean }

const LABELS = ['latest', 'safe', 'finalized', 'earliest'] as const
type Label = (typeof LABELS)[number]

const NUMBER = /^0x[0-9a-fA-F]{1,13}$/
const HASH = /^0x[0-9a-fA-F]{64}$/

/**
 * Reads a block parameter: a label, a number, a hash, or EIP-1898's object. `pending` is refused: there is no such block.
 * @throws MalformedValueError naming `field`
 */
export function parseBlockParameter(value: unknown, field: string): BlockParameter {
	if (typeof value === 'string') {
		const label = LABELS.find((one) => one === value)
		if (label !== undefined) return { label }
		if (HASH.test(value)) return { hash: parseHash(value, field), requireCanonical: false }
		if (NUMBER.test(value)) return { number: Number(value) }
	}
	if (isRecord(value)) {
		if (value.blockHash !== undefined)
			return { hash: parseHash(value.blockHash, field), requireCanonical: value.requireCanonical === true }
		if (value.blockNumber !== undefined) return parseBlockParameter(value.blockNumber, field)
	}
	throw new MalformedValueError(field, `${LABELS.join(', ')}, a block number or a block hash`, value)
}

/**
 * The hash of the block that is meant, as the view has it; undefined if the view has none there. What is asked by hash
 * is what it is, on the chain or not.
 * @throws RequestError as `CanonicalView.at`
 */
export function resolveBlock(
	parameter: BlockParameter,
	modules: { readonly view: CanonicalView; readonly safe: SafeLabel },
): Found<Hash> {
	if ('hash' in parameter) return parameter.hash
	return then(blockOf(parameter, modules), (block) => block.hash)
}

function blockOf(
	parameter: Exclude<BlockParameter, { hash: Hash }>,
	{ view, safe }: { readonly view: CanonicalView; readonly safe: SafeLabel },
): Found<BlockRef> {
	if ('number' in parameter) return view.at(parameter.number)
	switch (parameter.label) {
		case 'latest':
			return view.tip
		case 'finalized':
			return view.finalized
		case 'safe':
			return safe.block()
		case 'earliest':
			return view.at(0)
	}
}
