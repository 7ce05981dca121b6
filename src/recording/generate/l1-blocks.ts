import { toRlp } from 'viem/utils'
import type { BlockRef } from '../../protocol/block.js'
import { bytesToHash, ZERO_HASH } from '../../protocol/hash.js'
import { keccak256 } from '../../protocol/keccak.js'
import { EMPTY_HEADER, type L1Header } from '../l1-header.js'
import type { RecordedL1Block } from '../recording.js'
import type { ClusterShape } from './cluster-shape.js'

/**
 * The L1 of a generated cluster: empty blocks whose hash is that of their header, because clients of the stack compute
 * it. The first one carries the seed, so that another seed gives another chain.
 */
export class GeneratedL1 {
	readonly #shape: ClusterShape
	readonly #blocks: RecordedL1Block[] = []

	constructor(shape: ClusterShape) {
		this.#shape = shape
	}

	/** The block; all below are made with it. */
	at(number: number): RecordedL1Block {
		for (let next = this.#blocks.length; next <= number; next++) this.#blocks.push(this.#make(next))
		const block = this.#blocks[number]
		if (block === undefined) throw new RangeError(`L1 has no block ${number}`)
		return block
	}

	/** The block as others name it. */
	ref(number: number): BlockRef {
		return this.at(number).block
	}

	#make(number: number): RecordedL1Block {
		const { seed, genesisTime, l1BlockTime } = this.#shape
		const header: L1Header =
			number === 0 ? { extraData: `0x${Buffer.from(`seed ${seed}`).toString('hex')}` } : {}
		const ref = {
			number,
			parentHash: this.#blocks[number - 1]?.block.hash ?? ZERO_HASH,
			timestamp: genesisTime + number * l1BlockTime,
		}
		const block = { hash: headerHash(ref, header), ...ref }
		return { t: number * l1BlockTime * 1000, block, canonical: true, header }
	}
}

/** The members of a header since Cancun, in the order of their RLP; true for those that are numbers. */
const MEMBERS = {
	parentHash: false,
	sha3Uncles: false,
	miner: false,
	stateRoot: false,
	transactionsRoot: false,
	receiptsRoot: false,
	logsBloom: false,
	difficulty: true,
	number: true,
	gasLimit: true,
	gasUsed: true,
	timestamp: true,
	extraData: false,
	mixHash: false,
	nonce: false,
	baseFeePerGas: true,
	withdrawalsRoot: false,
	blobGasUsed: true,
	excessBlobGas: true,
	parentBeaconBlockRoot: false,
} as const

function headerHash({ number, parentHash, timestamp }: Omit<BlockRef, 'hash'>, header: L1Header) {
	const values: L1Header = {
		...EMPTY_HEADER,
		...header,
		parentHash,
		number: `0x${number.toString(16)}`,
		timestamp: `0x${timestamp.toString(16)}`,
	}
	const items = Object.entries(MEMBERS).map(([member, isNumber]) => rlpItem(values[member] ?? '0x', isNumber))
	return bytesToHash(keccak256(toRlp(items, 'bytes')))
}

/** Of a number RLP has the bytes without leading zeros. */
function rlpItem(hex: string, isNumber: boolean): `0x${string}` {
	const digits = isNumber ? hex.slice(2).replace(/^0+/, '') : hex.slice(2)
	return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`
}
