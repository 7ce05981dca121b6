import { RLP } from '@ethereumjs/rlp'
import { MalformedValueError } from './errors.js'
import { type JsonRecord, parseRecord } from './record.js'
import { array, bytes, quantity, type RlpInput, read, recipient } from './rlp-fields.js'

/*
 * What blocks hash, made of the JSON of eth_getBlockByHash. A wrong encoding cannot pass: its hash is compared with one
 * that is known. All throw MalformedValueError for JSON that lacks something.
 */

type Reader = (value: unknown, field: string) => RlpInput
type Fields = readonly (readonly [name: string, read: Reader])[]

const HEADER: Fields = [
	['parentHash', bytes],
	['sha3Uncles', bytes],
	['miner', bytes],
	['stateRoot', bytes],
	['transactionsRoot', bytes],
	['receiptsRoot', bytes],
	['logsBloom', bytes],
	['difficulty', quantity],
	['number', quantity],
	['gasLimit', quantity],
	['gasUsed', quantity],
	['timestamp', quantity],
	['extraData', bytes],
	['mixHash', bytes],
	['nonce', bytes],
]

/** Later forks add to the end (EIP-1559, 4895, 4844 twice, 4788, 7685); the first that is missing is the end. */
const ADDED_BY_FORKS: Fields = [
	['baseFeePerGas', quantity],
	['withdrawalsRoot', bytes],
	['blobGasUsed', quantity],
	['excessBlobGas', quantity],
	['parentBeaconBlockRoot', bytes],
	['requestsHash', bytes],
]

/** The RLP of a header; its keccak is the hash of the block. */
export function encodeHeader(block: JsonRecord): Uint8Array {
	const fields = fieldsOf(block, HEADER)
	for (const [name, reader] of ADDED_BY_FORKS) {
		if (block[name] === undefined || block[name] === null) break
		fields.push(read(block, name, reader))
	}
	return rlp(fields)
}

const LEGACY: Fields = [
	['nonce', quantity],
	['gasPrice', quantity],
	['gas', quantity],
	['to', recipient],
	['value', quantity],
	['input', bytes],
	['v', quantity],
	['r', quantity],
	['s', quantity],
]
const FEES: Fields = [
	['chainId', quantity],
	['nonce', quantity],
	['maxPriorityFeePerGas', quantity],
	['maxFeePerGas', quantity],
	['gas', quantity],
	['to', recipient],
	['value', quantity],
	['input', bytes],
	['accessList', accessList],
]
const SIGNATURE: Fields = [
	['yParity', quantity],
	['r', quantity],
	['s', quantity],
]

/** Fields of the typed transactions (EIP-2718), by type: EIP-2930, 1559, 4844, 7702. */
const TYPED: ReadonlyMap<number, Fields> = new Map([
	[
		1,
		[
			['chainId', quantity],
			['nonce', quantity],
			['gasPrice', quantity],
			['gas', quantity],
			['to', recipient],
			['value', quantity],
			['input', bytes],
			['accessList', accessList],
			...SIGNATURE,
		],
	],
	[2, [...FEES, ...SIGNATURE]],
	[3, [...FEES, ['maxFeePerBlobGas', quantity], ['blobVersionedHashes', hashes], ...SIGNATURE]],
	[4, [...FEES, ['authorizationList', authorizations], ...SIGNATURE]],
])

/** A transaction as the trie has it; its keccak is its hash. */
export function encodeTransaction(transaction: JsonRecord): Uint8Array {
	const type = typeOf(transaction)
	if (type === 0) return rlp(fieldsOf(transaction, LEGACY))
	const fields = TYPED.get(type)
	if (fields === undefined)
		throw new MalformedValueError('type', 'a transaction type of Ethereum L1 (0 to 4)', transaction.type)
	// Older nodes name the parity of the signature only `v`.
	const signed = transaction.yParity === undefined ? { ...transaction, yParity: transaction.v } : transaction
	return withType(type, rlp(fieldsOf(signed, fields)))
}

/** A receipt as the trie has it: the consensus fields alone. */
export function encodeReceipt(receipt: JsonRecord): Uint8Array {
	// Before Byzantium there was a state root in place of the status.
	const outcome =
		receipt.status === undefined || receipt.status === null
			? read(receipt, 'root', bytes)
			: read(receipt, 'status', quantity)
	const fields = [
		outcome,
		read(receipt, 'cumulativeGasUsed', quantity),
		read(receipt, 'logsBloom', bytes),
		read(receipt, 'logs', array).map((log) => encodeLog(parseRecord(log, 'log'))),
	]
	const type = typeOf(receipt)
	return type === 0 ? rlp(fields) : withType(type, rlp(fields))
}

/** A withdrawal as the trie has it (EIP-4895). */
export function encodeWithdrawal(withdrawal: JsonRecord): Uint8Array {
	return rlp(
		fieldsOf(withdrawal, [
			['index', quantity],
			['validatorIndex', quantity],
			['address', bytes],
			['amount', quantity],
		]),
	)
}

function encodeLog(log: JsonRecord): RlpInput {
	return fieldsOf(log, [
		['address', bytes],
		['topics', hashes],
		['data', bytes],
	])
}

function hashes(value: unknown, field: string): RlpInput {
	return array(value, field).map((hash) => bytes(hash, field))
}

function accessList(value: unknown, field: string): RlpInput {
	return array(value, field).map((entry) =>
		fieldsOf(parseRecord(entry, field), [
			['address', bytes],
			['storageKeys', hashes],
		]),
	)
}

function authorizations(value: unknown, field: string): RlpInput {
	return array(value, field).map((entry) => {
		const record = parseRecord(entry, field)
		return fieldsOf(record.yParity === undefined ? { ...record, yParity: record.v } : record, [
			['chainId', quantity],
			['address', bytes],
			['nonce', quantity],
			...SIGNATURE,
		])
	})
}

/** 0 for what has no type or the old one. */
function typeOf(record: JsonRecord): number {
	if (record.type === undefined || record.type === null) return 0
	return read(record, 'type', quantity)[0] ?? 0
}

function withType(type: number, payload: Uint8Array): Uint8Array {
	return Buffer.concat([Buffer.of(type), payload])
}

function fieldsOf(record: JsonRecord, fields: Fields): RlpInput[] {
	return fields.map(([name, reader]) => read(record, name, reader))
}

/** The library's type of its input is mutable; it changes nothing. */
function rlp(fields: readonly RlpInput[]): Uint8Array {
	return RLP.encode(fields as Uint8Array[])
}
