import type { Logger } from 'pino'
import { kernelModule } from '../kernel/kernel-module.js'
import { ReceiptsKernel } from '../kernel/receipts-kernel.js'
import type { BlockId } from '../protocol/block.js'
import { type ChainId, formatChainId } from '../protocol/chain-id.js'
import { decodeReceipts } from '../protocol/decode-receipts.js'
import type { BlockLogs } from '../protocol/executing-message.js'
import { firstDifference } from './first-difference.js'

/**
 * How much is decoded twice, in bytes of answers, because the plain decoder takes ten times as long: the first two
 * megabytes (twenty ordinary blocks), which meet the kernel as it was just compiled; a 32nd for a while, in which the
 * engine replaces its code by faster code; then a thousandth, which costs 1 us a block.
 */
const CHECKED_FIRST = 2 << 20
const CHECKED_OFTEN_UNTIL = 100 << 20
const CHECKED_OFTEN = 32
const CHECKED_LATER = 1_000

export interface BlockDecoderOptions {
	/** Recompute the bloom filter of every receipt; only the plain decoder can. */
	readonly verifyBlooms: boolean
	/** Another kernel than the one of the build, for tests. */
	readonly loadKernel?: () => WebAssembly.Module
}

/**
 * Reads the logs of blocks out of the answers to receipts calls, one for each thread. The kernel takes what nodes
 * normally send; whatever it does not know goes to the plain decoder, which is its specification.
 *
 * Some blocks are decoded by both. Should they ever differ, or should the kernel trap, the error is logged, the plain
 * result counts, and this thread uses the plain decoder from then on.
 */
export class BlockDecoder {
	readonly #verifyBlooms: boolean
	readonly #log: Logger
	#kernel: ReceiptsKernel | undefined
	/** Bytes that the kernel has read, and that were decoded twice. */
	#read = 0
	#checkedBytes = 0
	#checked = 0

	constructor(
		{ verifyBlooms, loadKernel = kernelModule }: BlockDecoderOptions,
		modules: { readonly log: Logger },
	) {
		this.#verifyBlooms = verifyBlooms
		this.#log = modules.log
		if (verifyBlooms) return
		try {
			this.#kernel = new ReceiptsKernel(loadKernel())
		} catch (error) {
			// Of a processor without vector instructions.
			if (!(error instanceof WebAssembly.CompileError)) throw error
			this.#log.error({ err: error }, 'the decoding kernel cannot be compiled; the plain decoder is used')
		}
	}

	/** Blocks that have been decoded twice. */
	get checked(): number {
		return this.#checked
	}

	/**
	 * @param answer the whole answer to the receipts call for `block`
	 * @throws as decodeReceipts does
	 */
	decode(answer: Buffer, block: BlockId, chainId: ChainId): BlockLogs {
		const found = this.#kernel?.scan(answer, block)
		if (this.#kernel?.trap !== undefined) {
			this.#giveUp(chainId, block, `it trapped: ${this.#kernel.trap.message}`)
		}
		if (found === undefined) return decodeReceipts(answer, block, { verifyBlooms: this.#verifyBlooms })
		this.#read += answer.length
		if (this.#checkedBytes + answer.length > toBeChecked(this.#read)) return found
		return this.#check(found, answer, block, chainId)
	}

	#check(found: BlockLogs, answer: Buffer, block: BlockId, chainId: ChainId): BlockLogs {
		this.#checked++
		this.#checkedBytes += answer.length
		let expected: BlockLogs
		try {
			expected = decodeReceipts(answer, block)
		} catch (error) {
			this.#giveUp(chainId, block, 'the plain decoder refuses the receipts')
			throw error
		}
		const difference = firstDifference(found, expected)
		if (difference !== undefined) this.#giveUp(chainId, block, difference)
		return expected
	}

	#giveUp(chainId: ChainId, { hash, number }: BlockId, difference: string): void {
		this.#kernel = undefined
		this.#log.error(
			{ chain: formatChainId(chainId), block: { hash, number }, difference },
			'the decoding kernel is wrong; this thread uses the plain decoder from now on',
		)
	}
}

/** Of so many bytes, how many are to be decoded twice. */
function toBeChecked(read: number): number {
	const often = Math.min(read, CHECKED_OFTEN_UNTIL)
	return CHECKED_FIRST + often / CHECKED_OFTEN + (read - often) / CHECKED_LATER
}
