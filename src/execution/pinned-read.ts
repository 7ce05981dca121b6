import type { BlockId } from '../protocol/block.js'
import { MalformedValueError } from '../protocol/errors.js'
import { isRecord, parseRecord } from '../protocol/record.js'

/** A read of one block, ready to be sent. */
export interface PinnedRead {
	readonly method: string
	readonly params: readonly unknown[]
	/** What is wrong with a result: that it is of another block, or of another form. */
	readonly fault: (result: unknown) => string | undefined
}

/** Binds a method to one block; the method is the same if none is given. @throws MalformedValueError */
type Pinning = (
	params: readonly unknown[],
	block: BlockId,
) => Omit<PinnedRead, 'method'> & { readonly method?: string }

/** Words for a block that moves: whoever writes one wants whatever is current, which the cut decides. */
const MOVING: ReadonlySet<unknown> = new Set([undefined, null, 'latest', 'pending', 'safe', 'finalized'])

/** More than any method takes. */
const MAX_PARAMS = 8

/** Of 256 bits at most. */
const QUANTITY = /^0x[0-9a-fA-F]{1,64}$/
const BYTES = /^0x(?:[0-9a-fA-F]{2})*$/

/** Members of a filter that name blocks, in lower case: op-geth takes a name in any. */
const BLOCKS_OF_FILTER: ReadonlySet<string> = new Set(['fromblock', 'toblock', 'blockhash'])

const METHODS: ReadonlyMap<string, Pinning> = new Map(
	Object.entries({
		eth_call: state(1, isBytes),
		eth_estimateGas: state(1, isQuantity),
		eth_createAccessList: state(1, isRecord),
		eth_getBalance: state(1, isQuantity),
		eth_getCode: state(1, isBytes),
		eth_getTransactionCount: state(1, isQuantity),
		eth_getStorageAt: state(2, isBytes),
		eth_getProof: state(2, isRecord),
		eth_getBlockByNumber: pinBlock,
		eth_getBlockReceipts: pinReceipts,
		eth_getLogs: pinLogs,
	} satisfies Record<string, Pinning>),
)

/** The reads that can be bound to one block by its hash. */
export const PINNED_METHODS: readonly string[] = [...METHODS.keys()]

/**
 * Binds a read to exactly one block: where the method has its block parameter, the block's hash is put (EIP-1898), and
 * `eth_getBlockByNumber` becomes `eth_getBlockByHash`. That place may be left out, be null, or hold a label that moves
 * (`latest`, `pending`, `safe`, `finalized`).
 * @throws MalformedValueError for a method that cannot be bound, and for parameters that name another block
 */
export function pinRead(method: string, params: readonly unknown[], block: BlockId): PinnedRead {
	const pin = METHODS.get(method)
	if (pin === undefined)
		throw new MalformedValueError('method', `one of ${PINNED_METHODS.join(', ')}`, method)
	if (params.length > MAX_PARAMS)
		throw new MalformedValueError('params', `at most ${MAX_PARAMS} parameters`, params.length)
	return { method, ...pin(params, block) }
}

/** A read of state: the block parameter stands at a place. The answer does not say of which block it is. */
function state(place: number, isResult: (value: unknown) => boolean): Pinning {
	return (params, { hash }) => {
		if (params.length < place)
			throw new MalformedValueError('params', `${place} parameters before that of the block`, params.length)
		mustMove(params[place], `params[${place}]`)
		return {
			params: params.toSpliced(place, 1, { blockHash: hash }),
			fault: (result) => (isResult(result) ? undefined : 'something of another form'),
		}
	}
}

function pinBlock(params: readonly unknown[], { hash, number }: BlockId): PinnedRead {
	mustMove(params[0], 'params[0]')
	return {
		method: 'eth_getBlockByHash',
		params: [hash, params[1] ?? false],
		fault(result) {
			if (result === null) return `no block for ${hash}`
			if (!isRecord(result) || result.hash !== hash) return otherThan(hash)
			return result.number === `0x${number.toString(16)}` ? undefined : otherThan(hash)
		},
	}
}

function pinReceipts(params: readonly unknown[], { hash }: BlockId): ReturnType<Pinning> {
	mustMove(params[0], 'params[0]')
	return { params: [{ blockHash: hash }], fault: (result) => listFault(result, hash) }
}

function pinLogs(params: readonly unknown[], { hash }: BlockId): ReturnType<Pinning> {
	const members = Object.entries(parseRecord(params[0] ?? {}, 'params[0]'))
	const namesBlock = (name: string) => BLOCKS_OF_FILTER.has(name.toLowerCase())
	for (const [name, value] of members) if (namesBlock(name)) mustMove(value, `params[0].${name}`)
	const filter = Object.fromEntries(members.filter(([name]) => !namesBlock(name)))
	return {
		params: [{ ...filter, blockHash: hash }],
		fault: (result) => listFault(result, hash),
	}
}

function mustMove(block: unknown, field: string): void {
	if (MOVING.has(block)) return
	throw new MalformedValueError(field, 'no block of its own, because the cut names it', block)
}

/** Of receipts or logs, each of which says of which block it is. */
function listFault(result: unknown, hash: string): string | undefined {
	if (result === null) return `no block for ${hash}`
	if (!Array.isArray(result)) return 'no list'
	return result.every((entry) => isRecord(entry) && entry.blockHash === hash) ? undefined : otherThan(hash)
}

function otherThan(hash: string): string {
	return `another block than ${hash}`
}

function isQuantity(value: unknown): boolean {
	return typeof value === 'string' && QUANTITY.test(value)
}

function isBytes(value: unknown): boolean {
	return typeof value === 'string' && BYTES.test(value)
}
