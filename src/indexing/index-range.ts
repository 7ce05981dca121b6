import { setImmediate } from 'node:timers/promises'
import type { BlockId, BlockRef } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'
import type { BlockLogs } from '../protocol/executing-message.js'
import type { Hash } from '../protocol/hash.js'
import type { CallWindow } from './call-window.js'
import { BrokenRunError, describeFailure } from './errors.js'
import type { IndexedBlock, IndexResult, IndexTask } from './index-task.js'

/** What the range reader needs of a node. */
export interface BlockSource {
	refByNumber(number: number, signal: AbortSignal): Promise<BlockRef>
	/**
	 * Has the whole answer to a receipts call read, which is not parsed. Its bytes are valid until `read` returns;
	 * what it returns or throws is the outcome.
	 */
	receipts<T>(hash: Hash, read: (answer: Buffer) => T, signal: AbortSignal): Promise<T>
}

/** What the range reader needs of the log index. */
export interface RecordWriter<Packed> {
	pack(ref: BlockRef, logs: BlockLogs): Packed
	/** One transaction, durable when it resolves; blocks ascend. */
	write(blocks: readonly Packed[]): Promise<void>
}

export interface IndexRangeModules<Packed extends { readonly record: Uint8Array }> {
	readonly source: BlockSource
	readonly writer: RecordWriter<Packed>
	readonly decode: (answer: Buffer, block: BlockId) => BlockLogs
	readonly window: CallWindow
	/** Resolves when an earlier range of this chain in this worker has written all it will write. */
	readonly myTurn: Promise<void>
	readonly signal: AbortSignal
}

/**
 * Records written in one transaction, in bytes. A transaction holds the write lock of the chain's log
 * environment and waits for the disk once; beyond 1 MB more blocks gain nothing (docs/storage.md).
 */
const WRITE_BATCH_BYTES = 1 << 20

interface Decoded {
	readonly ref: BlockRef
	readonly logs: BlockLogs
}

/**
 * Fetches, decodes and writes the log records of a range, with its requests pipelined. Never throws: what was
 * done before a failure is in the result beside the failure.
 */
export async function indexRange<Packed extends { readonly record: Uint8Array }>(
	task: IndexTask,
	modules: IndexRangeModules<Packed>,
): Promise<IndexResult> {
	const started = performance.now()
	const time = { fetchMs: 0, decodeMs: 0, packMs: 0, writeMs: 0, receiptBytes: 0 }
	const stop = new AbortController()
	const signal = AbortSignal.any([modules.signal, stop.signal])
	const fetched: Promise<Decoded>[] = []
	let next = 0
	for (let number = task.from; number <= task.to; number++) {
		const announced = task.announced[next]?.number === number ? task.announced[next++] : undefined
		const block = fetchBlock(announced ?? number, modules, signal, time)
		block.catch(() => {}) // Awaited below in order; a block behind the first failure is of no interest.
		fetched.push(block)
	}

	const blocks: IndexedBlock[] = []
	let batch: { packed: Packed; block: IndexedBlock }[] = []
	let batchBytes = 0
	const flush = async () => {
		if (batch.length === 0) return
		await modules.myTurn
		// A batch is copied into its transaction in this thread: answers that are there, of other chains too, come first.
		await setImmediate()
		const before = performance.now()
		await modules.writer.write(batch.map((entry) => entry.packed))
		time.writeMs += performance.now() - before
		for (const { block } of batch) blocks.push(block)
		batch = []
		batchBytes = 0
	}

	let number = task.from
	let failure: unknown
	try {
		let parent: BlockRef | undefined
		for (const pending of fetched) {
			const { ref, logs } = await pending
			if (parent !== undefined) requireChild(parent, ref)
			const before = performance.now()
			const packed = modules.writer.pack(ref, logs)
			time.packMs += performance.now() - before
			batch.push({
				packed,
				block: {
					hash: ref.hash,
					number: ref.number,
					parentHash: ref.parentHash,
					timestamp: ref.timestamp,
					logCount: logs.logCount,
					executingCount: logs.executing.length,
				},
			})
			batchBytes += packed.record.length
			if (batchBytes >= WRITE_BATCH_BYTES) await flush()
			parent = ref
			number++
		}
	} catch (error) {
		failure = error
		stop.abort()
	}
	try {
		await flush()
	} catch (error) {
		failure = error
		number = task.from + blocks.length
	}
	return {
		from: task.from,
		blocks,
		...(failure === undefined ? {} : { failure: describeFailure(failure, number, modules.signal) }),
		timings: { totalMs: performance.now() - started, ...time },
	}
}

/** @param wanted a block that was announced, or the number of one */
async function fetchBlock<Packed extends { readonly record: Uint8Array }>(
	wanted: BlockRef | number,
	modules: IndexRangeModules<Packed>,
	signal: AbortSignal,
	time: { fetchMs: number; decodeMs: number; receiptBytes: number },
): Promise<Decoded> {
	await modules.window.enter()
	let came: { readonly bytes: number; readonly ms: number } | undefined
	try {
		signal.throwIfAborted()
		const asked = performance.now()
		const ref = typeof wanted === 'number' ? await refByNumber(wanted, modules, signal) : wanted
		const sent = performance.now()
		const read = (answer: Buffer) => {
			const before = performance.now()
			came = { bytes: answer.length, ms: before - sent }
			time.receiptBytes += answer.length
			time.fetchMs += before - asked
			const decoded = modules.decode(answer, ref)
			time.decodeMs += performance.now() - before
			return decoded
		}
		const logs = await modules.source.receipts(ref.hash, read, signal)
		return { ref, logs }
	} finally {
		modules.window.leave(came)
	}
}

async function refByNumber(
	number: number,
	{ source }: { readonly source: BlockSource },
	signal: AbortSignal,
): Promise<BlockRef> {
	const ref = await source.refByNumber(number, signal)
	if (ref.number === number) return ref
	throw new BrokenRunError(`the node answered block ${formatBlock(ref)} for number ${number}`)
}

function requireChild(parent: BlockRef, child: BlockRef): void {
	if (child.parentHash !== parent.hash) {
		throw new BrokenRunError(
			`block ${formatBlock(child)} names parent ${child.parentHash.slice(0, 10)}, not ${formatBlock(parent)}`,
		)
	}
	if (child.timestamp <= parent.timestamp) {
		throw new BrokenRunError(
			`block ${formatBlock(child)} has time ${child.timestamp}, not after its parent's ${parent.timestamp}`,
		)
	}
}
