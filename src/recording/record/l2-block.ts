import type { L2BlockRef, OutputV0 } from '../../protocol/block.js'
import { decodeReceiptsValue } from '../../protocol/decode-receipts.js'
import { MalformedValueError } from '../../protocol/errors.js'
import { parseHash } from '../../protocol/hash.js'
import { parseHexBytes } from '../../protocol/hex-bytes.js'
import { type Fields, readArray, readObject } from '../field-reader.js'
import { EMPTY_HEADER } from '../l1-header.js'
import { headerRef } from './header-ref.js'
import { parseL1Attributes } from './l1-attributes.js'

/** The predeploy that takes the L1 attributes. */
const L1_BLOCK = '0x4200000000000000000000000000000000000015'
const DEPOSIT_TYPE = '0x7e'

/** Where a message says that it was initiated. */
export interface ExecutedMessage {
	readonly chainId: string
	readonly timestamp: number
}

/** An L2 block as it is recorded, without its receipts. */
export interface FetchedL2Block {
	readonly block: L2BlockRef
	readonly output?: OutputV0
	/** One for each executing message. */
	readonly executed: readonly ExecutedMessage[]
}

/** The receipts are of another block than the one that came with them: the chain or the endpoint changed its mind. */
export class BlockChangedError extends Error {
	override readonly name = 'BlockChangedError'
}

/**
 * Reads a block as `eth_getBlockByNumber` gives it with whole transactions, and makes sure that `receipts` are those
 * of its transactions, in order, with logs that agree with all blooms.
 * @throws BlockChangedError; MalformedValueError and others for what cannot be
 */
export function readL2Block(value: unknown, receipts: unknown): FetchedL2Block {
	const fields = readObject(value, 'block')
	const ref = headerRef(fields)
	const transactions = readArray(fields.transactions, 'block.transactions').map((entry, at) =>
		readObject(entry, `block.transactions[${at}]`),
	)
	const { origin, sequenceNumber } = attributesOf(transactions)
	const list = readArray(receipts, 'receipts').map((entry, at) => readObject(entry, `receipts[${at}]`))
	if (list.some((receipt) => parseHash(receipt.blockHash, 'receipts.blockHash') !== ref.hash)) {
		throw new BlockChangedError(`the receipts of block ${ref.number} are of another block than ${ref.hash}`)
	}
	mustBelong(transactions, list)
	mustHaveBloom(fields, list)
	const { executing } = decodeReceiptsValue(list, ref, { verifyBlooms: true })
	return {
		block: { ...ref, l1origin: origin, sequenceNumber },
		...outputOf(fields, ref.hash),
		executed: executing.map(({ message }) => ({
			chainId: message.chainId.toString(),
			timestamp: Number(message.timestamp),
		})),
	}
}

function attributesOf([first]: readonly Fields[]) {
	if (first === undefined || first.type !== DEPOSIT_TYPE || first.to !== L1_BLOCK) {
		throw new MalformedValueError(
			'block.transactions[0]',
			'an L1 attributes deposit, with which every block of an OP Stack chain above genesis begins',
			first?.to,
		)
	}
	return parseL1Attributes(parseHexBytes(first.input, 'block.transactions[0].input'))
}

function mustBelong(transactions: readonly Fields[], receipts: readonly Fields[]): void {
	if (transactions.length !== receipts.length)
		throw new MalformedValueError('receipts', `${transactions.length} receipts`, receipts.length)
	for (const [at, { hash }] of transactions.entries()) {
		const found = receipts[at]?.transactionHash
		const expected = parseHash(hash, `block.transactions[${at}].hash`)
		if (parseHash(found, `receipts[${at}].transactionHash`) !== expected)
			throw new MalformedValueError(`receipts[${at}].transactionHash`, expected, found)
	}
}

/** The header's bloom is that of all receipts, so no receipt with logs can be missing or changed. */
function mustHaveBloom({ logsBloom }: Fields, receipts: readonly Fields[]): void {
	const expected = parseHexBytes(logsBloom, 'block.logsBloom', 256)
	const found = Buffer.alloc(expected.length)
	for (const [at, receipt] of receipts.entries()) {
		const bloom = parseHexBytes(receipt.logsBloom, `receipts[${at}].logsBloom`, expected.length)
		for (const [i, byte] of bloom.entries()) found[i] = (found[i] ?? 0) | byte
	}
	if (!found.equals(expected))
		throw new MalformedValueError('receipts', "logs with the block's bloom", 'another bloom')
}

/** Since Isthmus a header holds the storage root of the message passer; before, it has that of an empty trie. */
function outputOf({ stateRoot, withdrawalsRoot }: Fields, blockHash: OutputV0['blockHash']) {
	if (withdrawalsRoot === undefined || withdrawalsRoot === EMPTY_HEADER.withdrawalsRoot) return {}
	const messagePasserStorageRoot = parseHash(withdrawalsRoot, 'block.withdrawalsRoot')
	return {
		output: { stateRoot: parseHash(stateRoot, 'block.stateRoot'), messagePasserStorageRoot, blockHash },
	}
}
