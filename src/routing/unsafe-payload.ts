import { RLP } from '@ethereumjs/rlp'
import type { BlockRef } from '../protocol/block.js'
import { MalformedValueError } from '../protocol/errors.js'
import { bytesToHash, parseHash } from '../protocol/hash.js'
import { encodeHexBytes, parseHexBytes } from '../protocol/hex-bytes.js'
import { parseHexNumber } from '../protocol/hex-uint64.js'
import { keccak256 } from '../protocol/keccak.js'
import { orderedTrieRoot } from '../protocol/ordered-trie-root.js'
import { type JsonRecord, parseRecord } from '../protocol/record.js'
import { encodeHeader, encodeTransaction } from '../protocol/rlp-block.js'
import { array, bytes, quantity, read, recipient } from '../protocol/rlp-fields.js'
import { WrongPayloadError } from './routing-errors.js'

/** What an L2 header says of things that an L2 block does not have. */
const NO_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
const NO_REQUESTS = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const EMPTY_LIST_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

const DEPOSIT_TYPE = 0x7e

/** A block as `admin_postUnsafePayload` takes it, with what was proven of it. */
export interface UnsafePayload {
	readonly block: BlockRef
	/** ExecutionPayloadEnvelope of the OP Stack (op-service/eth, types.go). */
	readonly envelope: JsonRecord
}

/**
 * Reads an envelope and recomputes the hash of its block from all that is in it, as op-node does before it takes one.
 * @throws MalformedValueError, or WrongPayloadError if it has another hash than it says
 */
export function provePayload(value: unknown): UnsafePayload {
	const envelope = parseRecord(value, 'envelope')
	const payload = parseRecord(envelope.executionPayload, 'executionPayload')
	const transactions = read(payload, 'transactions', array).map((raw) => parseHexBytes(raw, 'transactions'))
	const header = {
		...payload,
		sha3Uncles: NO_UNCLES,
		miner: payload.feeRecipient,
		transactionsRoot: encodeHexBytes(orderedTrieRoot(transactions)),
		difficulty: '0x0',
		number: payload.blockNumber,
		mixHash: payload.prevRandao,
		nonce: '0x0000000000000000',
		...forkFields(payload),
		parentBeaconBlockRoot: envelope.parentBeaconBlockRoot,
	}
	const hash = bytesToHash(keccak256(encodeHeader(header)))
	const told = parseHash(payload.blockHash, 'blockHash')
	if (hash !== told) throw new WrongPayloadError(told, `its fields have the hash ${hash}`)
	const block = {
		hash,
		number: parseHexNumber(payload.blockNumber, 'blockNumber'),
		parentHash: parseHash(payload.parentHash, 'parentHash'),
		timestamp: parseHexNumber(payload.timestamp, 'timestamp'),
	}
	return { block, envelope }
}

/** Since Isthmus the header has the root of the message passer's storage, and since Canyon that of no withdrawals. */
function forkFields({ withdrawals, withdrawalsRoot }: JsonRecord): JsonRecord {
	if (withdrawals === undefined || withdrawals === null) return { withdrawalsRoot: undefined }
	if (array(withdrawals, 'withdrawals').length > 0)
		throw new MalformedValueError('withdrawals', 'an empty array', withdrawals)
	if (withdrawalsRoot === undefined || withdrawalsRoot === null) return { withdrawalsRoot: EMPTY_LIST_ROOT }
	return { withdrawalsRoot, requestsHash: NO_REQUESTS }
}

/**
 * The envelope of a block as `eth_getBlockByHash` gives it with full transactions, proven to be that block.
 * @throws MalformedValueError, WrongPayloadError
 */
export function payloadOfBlock(value: unknown): UnsafePayload {
	const block = parseRecord(value, 'block')
	const transactions = read(block, 'transactions', array).map((transaction) =>
		encodeHexBytes(encodeL2Transaction(parseRecord(transaction, 'transactions'))),
	)
	const { parentBeaconBlockRoot: beaconRoot, requestsHash, withdrawals, withdrawalsRoot } = block
	const { blobGasUsed, excessBlobGas } = block
	const isIsthmus = requestsHash !== undefined && requestsHash !== null
	return provePayload({
		...(beaconRoot === undefined || beaconRoot === null ? {} : { parentBeaconBlockRoot: beaconRoot }),
		executionPayload: {
			parentHash: block.parentHash,
			feeRecipient: block.miner,
			stateRoot: block.stateRoot,
			receiptsRoot: block.receiptsRoot,
			logsBloom: block.logsBloom,
			prevRandao: block.mixHash,
			blockNumber: block.number,
			gasLimit: block.gasLimit,
			gasUsed: block.gasUsed,
			timestamp: block.timestamp,
			extraData: block.extraData,
			baseFeePerGas: block.baseFeePerGas,
			blockHash: block.hash,
			transactions,
			...(withdrawals === undefined || withdrawals === null ? {} : { withdrawals }),
			...(blobGasUsed === undefined || blobGasUsed === null ? {} : { blobGasUsed, excessBlobGas }),
			...(isIsthmus ? { withdrawalsRoot } : {}),
		},
	})
}

/** As the payload has it; deposits are of the OP Stack alone (specs, "Deposited Transaction"). */
function encodeL2Transaction(transaction: JsonRecord): Uint8Array {
	if (transaction.type !== '0x7e') return encodeTransaction(transaction)
	const fields = [
		read(transaction, 'sourceHash', bytes),
		read(transaction, 'from', bytes),
		read(transaction, 'to', recipient),
		quantity(transaction.mint ?? '0x0', 'mint'),
		read(transaction, 'value', quantity),
		read(transaction, 'gas', quantity),
		quantity(transaction.isSystemTx === true ? '0x1' : '0x0', 'isSystemTx'),
		read(transaction, 'input', bytes),
	]
	return Buffer.concat([Buffer.of(DEPOSIT_TYPE), RLP.encode(fields)])
}
