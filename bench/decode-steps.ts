import { firstDifference } from '../src/indexing/first-difference.js'
import { kernelModule } from '../src/kernel/kernel-module.js'
import { ReceiptsKernel } from '../src/kernel/receipts-kernel.js'
import { decodeReceipts } from '../src/protocol/decode-receipts.js'
import { cpuUsInTurn, type FrameRun } from './cpu-us.js'
import type { Frame } from './frames.js'

/** What decoding a block costs, in microseconds of CPU. */
export interface DecodeSteps {
	/** With the kernel, all in all. */
	readonly kernel: number
	/** Its steps one after the other; they add up. */
	readonly copy: number
	readonly read: number
	readonly hash: number
	readonly result: number
	readonly plain: number
	/** What of the plain decoder is JSON.parse. */
	readonly parse: number
}

/** Measures both decoders on the same frames. @throws Error if they do not agree. */
export function decodeSteps(frames: readonly Frame[]): DecodeSteps {
	const kernel = new ReceiptsKernel(kernelModule())
	for (const { answer, ref } of frames) {
		const expected = decodeReceipts(answer, ref)
		const difference = firstDifference(kernel.scan(answer, ref) ?? expected, expected)
		if (difference !== undefined) throw new Error(`the kernel is wrong: block ${ref.number}: ${difference}`)
	}
	const until =
		(step: 'copy' | 'read' | 'hash'): FrameRun =>
		({ answer, ref }) =>
			kernel.measure(answer, ref, step)
	const [copy = 0, read = 0, hash = 0, whole = 0] = cpuUsInTurn(frames, [
		until('copy'),
		until('read'),
		until('hash'),
		({ answer, ref }) => kernel.scan(answer, ref),
	])
	// Not in turn with these: it leaves garbage, which others would collect.
	const [plain = 0, parse = 0] = cpuUsInTurn(frames, [
		({ answer, ref }) => decodeReceipts(answer, ref),
		({ answer }) => JSON.parse(answer.toString('latin1')),
	])
	return { kernel: whole, copy, read: read - copy, hash: hash - read, result: whole - hash, plain, parse }
}
