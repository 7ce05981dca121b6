import type { Logger } from 'pino'
import { kernelModule } from '../kernel/kernel-module.js'
import { ReceiptsKernel } from '../kernel/receipts-kernel.js'
import type { BlockId } from '../protocol/block.js'
import { type ChainId, formatChainId } from '../protocol/chain-id.js'
import { decodeReceipts } from '../protocol/decode-receipts.js'
import type { BlockLogs } from '../protocol/executing-message.js'
import { firstDifference } from './first-difference.js'

/**
 * Which blocks are decoded twice: all of the first few, which meet the kernel as it was just compiled; one in 32 for a
 * while, in which the engine replaces its code by faster code; then one in 1,000, which costs 1 us a block.
 */
const CHECKED_FIRST = 16
const CHECKED_OFTEN_UNTIL = 1_024
const CHECKED_OFTEN = 32
const CHECKED_EVERY = 1_000

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
	/** Blocks that the kernel has read. */
	#read = 0
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
		return isChecked(this.#read++) ? this.#check(found, answer, block, chainId) : found
	}

	#check(found: BlockLogs, answer: Buffer, block: BlockId, chainId: ChainId): BlockLogs {
		this.#checked++
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

function isChecked(index: number): boolean {
	if (index < CHECKED_FIRST) return true
	return index % (index < CHECKED_OFTEN_UNTIL ? CHECKED_OFTEN : CHECKED_EVERY) === 0
}
