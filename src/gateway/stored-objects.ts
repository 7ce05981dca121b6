import { type Hash, parseHash, writeHash } from '../protocol/hash.js'
import { type JsonRecord, parseRecord } from '../protocol/record.js'
import { type CheckedBlock, numberOf } from './verify-block.js'

/*
 * How objects stand in the cache: as the JSON in which they are asked for, with what is needed to cut it into pieces, so
 * that an answer is a copy. Numbers are uint32, big-endian.
 */

/** What is kept of each kind; one byte before the hash in the key. */
export const KINDS = ['block', 'receipts', 'raw receipts', 'blobs'] as const
export type ObjectKind = (typeof KINDS)[number]

export function objectKey(kind: ObjectKind, hash: Hash): Buffer {
	const key = Buffer.allocUnsafe(33)
	key.writeUInt8(KINDS.indexOf(kind), 0)
	writeHash(key, hash, 1)
	return key
}

/** A block: length of the first text; the block with hashes of transactions, and the same with whole ones. */
export class StoredBlock {
	constructor(readonly bytes: Buffer) {}

	static of({ json, transactionHashes }: CheckedBlock): StoredBlock {
		const light = Buffer.from(JSON.stringify({ ...json, transactions: transactionHashes }))
		const length = Buffer.allocUnsafe(4)
		length.writeUInt32BE(light.length, 0)
		return new StoredBlock(Buffer.concat([length, light, Buffer.from(JSON.stringify(json))]))
	}

	/** As JSON, in UTF-8. */
	text(withTransactions: boolean): Buffer {
		const end = 4 + this.bytes.readUInt32BE(0)
		return withTransactions ? this.bytes.subarray(end) : this.bytes.subarray(4, end)
	}

	/** What it is and what it commits to. */
	facts(): BlockFacts {
		const json = parseRecord(JSON.parse(this.text(false).toString()), 'block')
		return {
			hash: parseHash(json.hash, 'hash'),
			number: numberOf(json.number, 'number'),
			parentHash: parseHash(json.parentHash, 'parentHash'),
			receiptsRoot: parseHash(json.receiptsRoot, 'receiptsRoot'),
			transactionHashes: json.transactions as Hash[],
		}
	}
}

export type BlockFacts = Omit<CheckedBlock, 'json'>

/** Receipts of a block: their count, where each begins in the text and where the last one ends, and the array. */
export class StoredReceipts {
	constructor(readonly bytes: Buffer) {}

	static of(receipts: readonly JsonRecord[]): StoredReceipts {
		const texts = receipts.map((receipt) => Buffer.from(JSON.stringify(receipt)))
		const head = Buffer.allocUnsafe(4 * (texts.length + 2))
		head.writeUInt32BE(texts.length, 0)
		const parts = [head, Buffer.from('[')]
		let at = 1
		texts.forEach((text, index) => {
			head.writeUInt32BE(at, 4 * (index + 1))
			at += text.length + 1
			parts.push(text, Buffer.from(index === texts.length - 1 ? ']' : ','))
		})
		head.writeUInt32BE(at, 4 * (texts.length + 1))
		if (texts.length === 0) parts.push(Buffer.from(']'))
		return new StoredReceipts(Buffer.concat(parts))
	}

	get count(): number {
		return this.bytes.readUInt32BE(0)
	}

	/** All of them, as a JSON array, in UTF-8. */
	text(): Buffer {
		return this.bytes.subarray(this.#textAt)
	}

	/** One of them, as JSON, in UTF-8. @throws RangeError */
	at(index: number): Buffer {
		if (index >= this.count) throw new RangeError(`there are ${this.count} receipts, none is at ${index}`)
		const from = this.bytes.readUInt32BE(4 * (index + 1))
		const to = this.bytes.readUInt32BE(4 * (index + 2)) - 1
		return this.bytes.subarray(this.#textAt + from, this.#textAt + to)
	}

	get #textAt(): number {
		return 4 * (this.count + 2)
	}
}
