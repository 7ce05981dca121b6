import { MalformedValueError } from '../protocol/errors.js'
import { bytesToHash, type Hash, parseHash } from '../protocol/hash.js'
import { keccak256 } from '../protocol/keccak.js'
import { orderedTrieRoot } from '../protocol/ordered-trie-root.js'
import { type JsonRecord, parseRecord } from '../protocol/record.js'
import { encodeHeader, encodeReceipt, encodeTransaction, encodeWithdrawal } from '../protocol/rlp-block.js'
import { array, quantity, read } from '../protocol/rlp-fields.js'
import { UpstreamContentError } from './errors.js'

/** A block as it was asked for, with full transactions. */
export interface CheckedBlock {
	readonly hash: Hash
	readonly number: number
	readonly parentHash: Hash
	readonly receiptsRoot: Hash
	readonly transactionHashes: readonly Hash[]
	readonly json: JsonRecord
}

/**
 * Reads the answer to eth_getBlockByHash with full transactions, and proves with `isVerified` that it is the block of
 * this hash: the header by its hash, transactions and withdrawals by the roots in the header, and what else they say of
 * themselves that can be told from that. Not proven: `from` of transactions, `size`, `totalDifficulty`, `uncles`.
 * @throws UpstreamContentError; MalformedValueError and SyntaxError for what is not of the form
 */
export function checkBlock(value: unknown, hash: Hash, isVerified: boolean): CheckedBlock {
	const json = parseRecord(value, 'block')
	expectSame('hash', hash, parseHash(json.hash, 'hash'))
	if (isVerified) expectSame('header', hash, bytesToHash(keccak256(encodeHeader(json))))
	const transactions = array(json.transactions, 'transactions').map((one) => parseRecord(one, 'transaction'))
	const number = numberOf(json.number, 'number')
	if (isVerified) {
		const encoded = transactions.map(encodeTransaction)
		expectRoot('transactionsRoot', json, encoded)
		transactions.forEach((transaction, index) => {
			const own = bytesToHash(keccak256(encoded[index] ?? new Uint8Array()))
			expectSame('transaction.hash', own, transaction.hash)
			expectPlace('transaction', transaction, { hash, number, index })
		})
		if (json.withdrawalsRoot !== undefined && json.withdrawalsRoot !== null)
			expectRoot(
				'withdrawalsRoot',
				json,
				array(json.withdrawals, 'withdrawals').map((one) => encodeWithdrawal(parseRecord(one, 'withdrawal'))),
			)
	}
	return {
		...{ hash, number, json },
		parentHash: parseHash(json.parentHash, 'parentHash'),
		receiptsRoot: parseHash(json.receiptsRoot, 'receiptsRoot'),
		transactionHashes: transactions.map((transaction) => parseHash(transaction.hash, 'transaction.hash')),
	}
}

/** What receipts are checked against. */
export type ReceiptsOf = Pick<CheckedBlock, 'hash' | 'number' | 'receiptsRoot' | 'transactionHashes'>

/**
 * Reads the receipts of a block, one for each transaction in order, and proves with `isVerified` that they are those of
 * the receipts root, and what they and their logs say of their place. Not proven: `from`, `to`, `contractAddress`,
 * prices and blob gas.
 * @throws UpstreamContentError; MalformedValueError and SyntaxError for what is not of the form
 */
export function checkReceipts(value: unknown, block: ReceiptsOf, isVerified: boolean): readonly JsonRecord[] {
	const receipts = array(value, 'receipts').map((one) => parseRecord(one, 'receipt'))
	const { hash, number, transactionHashes } = block
	if (receipts.length !== transactionHashes.length)
		throw new UpstreamContentError('receipts', `${transactionHashes.length} of them`, `${receipts.length}`)
	let gasBefore = 0n
	let logIndex = 0
	receipts.forEach((receipt, index) => {
		const place = { hash, number, index }
		expectPlace('receipt', receipt, place)
		expectSame('receipt.transactionHash', transactionHashes[index] ?? '', receipt.transactionHash)
		if (!isVerified) return
		const gas = BigInt(receipt.cumulativeGasUsed as string)
		if (gas - gasBefore !== BigInt(receipt.gasUsed as string))
			throw new UpstreamContentError('receipt.gasUsed', `${gas - gasBefore}`, String(receipt.gasUsed))
		gasBefore = gas
		for (const one of array(receipt.logs, 'logs')) {
			const log = parseRecord(one, 'log')
			expectPlace('log', log, place)
			expectSame('log.transactionHash', transactionHashes[index] ?? '', log.transactionHash)
			expectNumber('log.logIndex', logIndex++, log.logIndex)
			if (log.removed === true) throw new UpstreamContentError('log.removed', 'false', 'true')
		}
	})
	if (isVerified) {
		const root = bytesToHash(orderedTrieRoot(receipts.map(encodeReceipt)))
		expectSame('receiptsRoot', block.receiptsRoot, root)
	}
	return receipts
}

/** A block number that JSON can hold. @throws MalformedValueError */
export function numberOf(value: unknown, field: string): number {
	const number = Number(`0x${quantity(value, field).toString('hex') || '0'}`)
	if (!Number.isSafeInteger(number)) throw new MalformedValueError(field, 'at most 2^53 - 1', value)
	return number
}

function expectRoot(name: string, header: JsonRecord, values: readonly Uint8Array[]): void {
	expectSame(name, read(header, name, parseHash), bytesToHash(orderedTrieRoot(values)))
}

function expectPlace(
	what: string,
	record: JsonRecord,
	place: { readonly hash: Hash; readonly number: number; readonly index: number },
): void {
	expectSame(`${what}.blockHash`, place.hash, record.blockHash)
	expectNumber(`${what}.blockNumber`, place.number, record.blockNumber)
	expectNumber(`${what}.transactionIndex`, place.index, record.transactionIndex)
}

function expectNumber(name: string, expected: number, value: unknown): void {
	if (numberOf(value, name) !== expected) throw new UpstreamContentError(name, `${expected}`, String(value))
}

function expectSame(name: string, expected: string, value: unknown): void {
	const found = parseHash(value, name)
	if (found !== expected) throw new UpstreamContentError(name, expected, found)
}
