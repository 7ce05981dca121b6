import type { BlockId } from '../protocol/block.js'
import { InvalidExecutingMessageError } from '../protocol/errors.js'
import type { BlockLogs, ExecutingLog } from '../protocol/executing-message.js'
import { EVENT_TOPIC, INBOX_BYTES, readExecutingPlace } from '../protocol/executing-message-log.js'
import { bytesToHash } from '../protocol/hash.js'
import { encodeHexUint64 } from '../protocol/hex-uint64.js'
import { KECCAK_BYTES } from '../protocol/keccak.js'

/** The largest frame that an index worker takes from a node. The kernel needs 2.4 times as much memory. */
export const MAX_ANSWER_BYTES = 128 << 20

/**
 * Memory of an instance never shrinks, so one that grew beyond this is left to the garbage collector after use and
 * the next block gets a new one, whose pages cost more than the decoding (6 ms for an answer of 5.5 MB). Blocks of
 * 10,000 logs stay below it.
 */
export const KEPT_MEMORY_BYTES = 32 << 20

/** What the kernel compares with: a hash, and at most 16 digits, with `0x` and quotes. */
const HASH_TEXT_BYTES = 68
const NUMBER_TEXT_BYTES = 20

/** A reported executing message: its log's index, two topics and five words of data, the checksum. */
const REPORTED_PAYLOAD = 4
const REPORTED_CHECKSUM = REPORTED_PAYLOAD + 7 * 32
const REPORT_BYTES = REPORTED_CHECKSUM + KECCAK_BYTES

/** `src/kernel/assembly/index.ts` says what these do. */
interface KernelExports {
	readonly memory: WebAssembly.Memory
	reserve(length: number): number
	eventTopic(): number
	inboxAddress(): number
	blockHashText(): number
	blockNumberText(): number
	scan(numberTextBytes: number, hashes: boolean): number
	logHashes(): number
	reportCount(): number
	reports(): number
}

interface Kernel {
	readonly exports: KernelExports
	readonly blockHashText: number
	readonly blockNumberText: number
	/** All of its memory; made anew when that has grown, which detaches the old one. */
	bytes: Buffer
}

/**
 * `decodeReceipts` in WebAssembly, in a tenth of the time: one pass over the text, without strings or objects, and two
 * hashes at a time. The source is in `src/kernel/assembly`.
 *
 * Whatever is not as nodes normally send it gives `undefined`: errors of any kind, receipts of another block, repeated
 * members, escapes. The caller then asks `decodeReceipts`, which knows the reason. Where the kernel has a result, it
 * is the same as the decoder's.
 */
export class ReceiptsKernel {
	readonly #module: WebAssembly.Module
	#kernel: Kernel | undefined
	#trap: WebAssembly.RuntimeError | undefined

	constructor(module: WebAssembly.Module) {
		this.#module = module
	}

	/** The last trap, which is a fault of the kernel. Its block was refused, and the next got a new instance. */
	get trap(): WebAssembly.RuntimeError | undefined {
		return this.#trap
	}

	/** The logs of `block` in the whole answer to a receipts call, a JSON-RPC response or the bare array. */
	scan(answer: Uint8Array, block: BlockId): BlockLogs | undefined {
		const kernel = this.#write(answer, block)
		if (kernel === undefined) return undefined
		const logCount = this.#read(kernel, block, true)
		const logs = logCount < 0 ? undefined : results(kernel, logCount)
		if (kernel.bytes.length > KEPT_MEMORY_BYTES) this.#kernel = undefined
		return logs
	}

	/**
	 * Does the first steps of `scan` and makes no result, so that each can be timed: copies the answer; reads it as well;
	 * hashes as well.
	 */
	measure(answer: Uint8Array, block: BlockId, lastStep: 'copy' | 'read' | 'hash'): void {
		const kernel = this.#write(answer, block)
		if (kernel !== undefined && lastStep !== 'copy') this.#read(kernel, block, lastStep === 'hash')
	}

	/** Bytes of memory that this kernel holds. */
	get memoryBytes(): number {
		return this.#kernel?.bytes.length ?? 0
	}

	/** The kernel with the answer in its memory, or `undefined` if there is no room for it. */
	#write(answer: Uint8Array, block: BlockId): Kernel | undefined {
		if (answer.length > MAX_ANSWER_BYTES) return undefined
		const kernel = this.#instance()
		if (kernel === undefined) return undefined
		const text = kernel.exports.reserve(answer.length)
		if (text === 0) {
			this.#kernel = undefined
			return undefined
		}
		if (kernel.bytes.buffer !== kernel.exports.memory.buffer) kernel.bytes = memoryOf(kernel.exports)
		kernel.bytes.set(answer, text)
		kernel.bytes.write(`"${block.hash}"`, kernel.blockHashText, HASH_TEXT_BYTES, 'latin1')
		return kernel
	}

	#read(kernel: Kernel, block: BlockId, hashes: boolean): number {
		try {
			const length = kernel.bytes.write(
				`"${encodeHexUint64(block.number)}"`,
				kernel.blockNumberText,
				NUMBER_TEXT_BYTES,
				'latin1',
			)
			return kernel.exports.scan(length, hashes)
		} catch (error) {
			if (!(error instanceof WebAssembly.RuntimeError)) throw error
			this.#kernel = undefined
			this.#trap = error
			return -1
		}
	}

	#instance(): Kernel | undefined {
		this.#kernel ??= instantiate(this.#module)
		return this.#kernel
	}
}

/** A new instance, or `undefined` if there is no memory for one. */
function instantiate(module: WebAssembly.Module): Kernel | undefined {
	let exports: KernelExports
	try {
		exports = new WebAssembly.Instance(module).exports as unknown as KernelExports
	} catch (error) {
		if (error instanceof RangeError) return undefined
		throw error
	}
	const bytes = memoryOf(exports)
	bytes.set(EVENT_TOPIC, exports.eventTopic())
	bytes.set(INBOX_BYTES, exports.inboxAddress())
	return {
		exports,
		blockHashText: exports.blockHashText(),
		blockNumberText: exports.blockNumberText(),
		bytes,
	}
}

function memoryOf({ memory }: KernelExports): Buffer {
	return Buffer.from(memory.buffer)
}

/** Copies the results out of the kernel's memory, which the next scan overwrites. */
function results({ exports, bytes }: Kernel, logCount: number): BlockLogs | undefined {
	const executing = executingLogs(exports, bytes)
	if (executing === undefined) return undefined
	const hashes = exports.logHashes()
	return {
		logCount,
		logHashes: new Uint8Array(bytes.subarray(hashes, hashes + KECCAK_BYTES * logCount)),
		executing,
	}
}

function executingLogs(exports: KernelExports, bytes: Buffer): ExecutingLog[] | undefined {
	const executing: ExecutingLog[] = []
	let at = exports.reports()
	try {
		for (let left = exports.reportCount(); left > 0; left--) {
			const place = readExecutingPlace(bytes.subarray(at + REPORTED_PAYLOAD, at + REPORTED_CHECKSUM))
			const checksum = bytesToHash(bytes, at + REPORTED_CHECKSUM)
			executing.push({ logIndex: bytes.readUInt32LE(at), message: { ...place, checksum } })
			at += REPORT_BYTES
		}
	} catch (error) {
		// The decoder will throw the same and name the log.
		if (error instanceof InvalidExecutingMessageError) return undefined
		throw error
	}
	return executing
}
