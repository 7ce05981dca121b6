import type { BlockRef } from '../../protocol/block.js'
import type { LogContent } from '../../protocol/executing-message-log.js'
import { addToBloom, BLOOM_BYTES } from '../../protocol/receipts-bloom.js'
import { type ClusterShape, Draw, logCount } from './cluster-shape.js'
import { logContent } from './log-content.js'
import { Random } from './random.js'

/** 93 logs stand in 20 to 40 transactions. */
const LOGS_PER_TRANSACTION = 3.1
const ZERO_ADDRESS = `0x${'0'.repeat(40)}`
const NO_BLOOM = `0x${'0'.repeat(2 * BLOOM_BYTES)}`
/** Blooms of addresses and signatures repeat; one-off topics must not fill the memory. */
const MAX_KNOWN_BITS = 20_000

/**
 * Makes the receipts of a block in the JSON of go-ethereum's `types.Receipt`, as op-node serves them: an L1 info
 * deposit without logs, then transactions with the logs of the shape.
 */
export class ReceiptsGenerator {
	readonly #shape: ClusterShape
	readonly #chain: number
	/** The bytes of a bloom that a value sets: three at most. */
	readonly #bits = new Map<string, (readonly [index: number, byte: number])[]>()

	constructor(shape: ClusterShape, chain: number) {
		this.#shape = shape
		this.#chain = chain
	}

	/** The receipts' JSON array of a block. The same block gives the same bytes. */
	generate(block: BlockRef): Buffer {
		if (block.number === 0) return Buffer.from('[]')
		const count = logCount(this.#shape, this.#chain, block.number)
		const random = new Random(this.#shape.seed, Draw.Receipts, this.#chain, block.number)
		const receipts = [this.#receipt(block, 0, 0x60c2, [], random)]
		let gas = 0x60c2
		const transactions = Math.max(
			1,
			Math.round((count / LOGS_PER_TRANSACTION) * (0.7 + 0.6 * random.fraction())),
		)
		for (let index = 0, log = 0; index < transactions; index++) {
			// Cuts at random places around the even ones.
			const even = (count * (index + 1)) / transactions
			const end =
				index === transactions - 1
					? count
					: Math.min(count, Math.max(log, Math.round(even + random.fraction() * 4 - 2)))
			gas += 21_000 + (end - log) * (20_000 + random.below(30_000))
			const logs: string[] = []
			const bloom = Buffer.alloc(BLOOM_BYTES)
			const hash = `0x${random.hex(32)}`
			for (; log < end; log++) {
				const content = logContent(this.#shape, this.#chain, block.number, log)
				this.#add(bloom, content)
				logs.push(logJson(block, content, hash, index + 1, log))
			}
			receipts.push(this.#receipt(block, index + 1, gas, logs, random, hash, bloom))
		}
		return Buffer.from(`[${receipts.join(',')}]`, 'latin1')
	}

	#receipt(
		block: BlockRef,
		index: number,
		gas: number,
		logs: readonly string[],
		random: Random,
		hash = `0x${random.hex(32)}`,
		bloom?: Buffer,
	): string {
		const deposit = index === 0
		const costs = deposit
			? `,"depositNonce":"0x${block.number.toString(16)}","depositReceiptVersion":"0x1"`
			: ''
		const l1 = deposit
			? ''
			: ',"l1GasPrice":"0xfae36fa","l1BlobBaseFee":"0x1","l1GasUsed":"0x710","l1Fee":"0x74206","l1BaseFeeScalar":"0x1","l1BlobBaseFeeScalar":"0x0"'
		const logsBloom = logs.length === 0 || bloom === undefined ? NO_BLOOM : `0x${bloom.toString('hex')}`
		return `{"type":"${deposit ? '0x7e' : '0x2'}","root":"0x","status":"0x1","cumulativeGasUsed":"0x${gas.toString(16)}","logsBloom":"${logsBloom}","logs":[${logs.join(',')}],"transactionHash":"${hash}","contractAddress":"${ZERO_ADDRESS}","gasUsed":"0x${(gas % 500_000).toString(16)}","effectiveGasPrice":"0x${deposit ? '0' : '74325896'}"${costs},"blockHash":"${block.hash}","blockNumber":"0x${block.number.toString(16)}","transactionIndex":"0x${index.toString(16)}"${l1}}`
	}

	#add(bloom: Buffer, { address, topics }: LogContent): void {
		this.#addValue(bloom, address)
		for (const topic of topics) this.#addValue(bloom, topic)
	}

	#addValue(bloom: Buffer, value: string): void {
		let bits = this.#bits.get(value)
		if (bits === undefined) {
			const alone = Buffer.alloc(BLOOM_BYTES)
			addToBloom(alone, Buffer.from(value.slice(2), 'hex'))
			bits = [...alone.entries()].filter(([, byte]) => byte !== 0)
			if (this.#bits.size < MAX_KNOWN_BITS) this.#bits.set(value, bits)
		}
		for (const [index, byte] of bits) bloom[index] = (bloom[index] ?? 0) | byte
	}
}

function logJson(
	block: BlockRef,
	{ address, topics, data }: LogContent,
	hash: string,
	transaction: number,
	index: number,
): string {
	const topicList = topics.length === 0 ? '' : `"${topics.join('","')}"`
	return `{"address":"${address}","topics":[${topicList}],"data":"${data}","blockNumber":"0x${block.number.toString(16)}","transactionHash":"${hash}","transactionIndex":"0x${transaction.toString(16)}","blockHash":"${block.hash}","blockTimestamp":"0x${block.timestamp.toString(16)}","logIndex":"0x${index.toString(16)}","removed":false}`
}
