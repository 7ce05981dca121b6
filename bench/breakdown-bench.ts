import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Table from 'cli-table3'
import { firstDifference } from '../src/indexing/first-difference.js'
import { kernelModule } from '../src/kernel/kernel-module.js'
import { ReceiptsKernel } from '../src/kernel/receipts-kernel.js'
import { decodeReceipts } from '../src/protocol/decode-receipts.js'
import { openLogWriter, packLogBlock } from '../src/storage/index.js'
import type { BenchOptions } from './bench-options.js'
import { type Frame, makeFrames } from './frames.js'
import { machine, machineLine } from './machine.js'
import { receiveFrames } from './receive-frames.js'

/** Passes over all frames before the clock starts, so that the compiler has done its work. */
const WARM_UP_PASSES = 4
/** The least of several measurements is taken: whatever else the machine does only adds. */
const MEASUREMENTS = 5
/** Frames that are measured, in turn; many enough that they do not stay in the processor's caches. */
const FRAMES = 200

interface Step {
	readonly name: string
	/** CPU of the whole process a block, in microseconds. */
	readonly us: number
}

/** Measures what is done with one block, step by step, on the same frames, in this thread. Returns the exit code. */
export async function breakdownBench({ quick, logs, json }: BenchOptions): Promise<number> {
	const frames = makeFrames({ blocks: quick ? 10 : FRAMES, logs })
	const steps: Step[] = []
	const measure = (name: string, run: (frame: Frame, index: number) => void) =>
		steps.push({ name, us: cpuUsPerCall(frames, run) })

	const kernel = new ReceiptsKernel(kernelModule())
	for (const { answer, ref } of frames) {
		const difference = firstDifference(
			kernel.scan(answer, ref) ?? decodeReceipts(answer, ref),
			decodeReceipts(answer, ref),
		)
		if (difference !== undefined) throw new Error(`the kernel is wrong: block ${ref.number}: ${difference}`)
	}
	const copy = cpuUsPerCall(frames, ({ answer, ref }) => kernel.measure(answer, ref, 'copy'))
	const read = cpuUsPerCall(frames, ({ answer, ref }) => kernel.measure(answer, ref, 'read'))
	const hash = cpuUsPerCall(frames, ({ answer, ref }) => kernel.measure(answer, ref, 'hash'))
	// Last, when the engine has compiled all of it.
	const whole = cpuUsPerCall(frames, ({ answer, ref }) => kernel.scan(answer, ref))
	steps.push(
		{ name: 'decode with the kernel', us: whole },
		{ name: '  of it copying the answer', us: copy },
		{ name: '  of it JSON and hex', us: read - copy },
		{ name: '  of it Keccak-256, two a log', us: hash - read },
		{ name: '  of it messages and result', us: whole - hash },
	)
	const plain = cpuUsPerCall(frames, ({ answer, ref }) => decodeReceipts(answer, ref))
	steps.push({ name: 'for comparison: the plain decoder', us: plain })
	measure('  of it JSON.parse', ({ answer }) => JSON.parse(answer.toString('latin1')))
	measure('pack', ({ ref, logs }) => packLogBlock({ ref, logs }))
	steps.push(await writeStep(frames))
	steps.push(await receiveFrames(frames))

	const frameBytes = frames.reduce((sum, { answer }) => sum + answer.length, 0) / frames.length
	const logCount = frames.reduce((sum, frame) => sum + frame.logs.logCount, 0) / frames.length
	if (json)
		process.stdout.write(
			`${JSON.stringify({ machine: machine(), frameBytes, logCount, steps, plainToKernel: plain / whole })}\n`,
		)
	else {
		const table = new Table({
			head: ['step', 'us a block'],
			style: { head: [], border: [] },
			colAligns: ['left', 'right'],
		})
		for (const { name, us } of steps) table.push([name, us.toFixed(1)])
		process.stdout.write(
			`${machineLine()}${logCount.toFixed(0)} logs, ${(frameBytes / 1000).toFixed(0)} KB a block\n${table.toString()}\n` +
				`the kernel is ${(plain / whole).toFixed(1)} times as fast as the plain decoder\n`,
		)
	}
	return 0
}

/** Writes the records of all frames, a transaction for 64 of them, as index workers do. */
async function writeStep(frames: readonly Frame[]): Promise<Step> {
	const directory = await mkdtemp(join(tmpdir(), 'vigil-bench-'))
	const chainId = frames[0]?.chainId
	if (chainId === undefined) throw new RangeError('there are no frames')
	const writer = openLogWriter({ directory, chainId })
	try {
		const packed = frames.map(({ ref, logs }) => packLogBlock({ ref, logs }))
		const before = process.cpuUsage()
		for (let at = 0; at < packed.length; at += 64) writer.writeBatch(packed.slice(at, at + 64))
		return { name: 'write, 64 blocks a transaction', us: cpuUsSince(before) / packed.length }
	} finally {
		await writer.close()
		await rm(directory, { recursive: true })
	}
}

function cpuUsPerCall(frames: readonly Frame[], run: (frame: Frame, index: number) => void): number {
	for (let i = 0; i < WARM_UP_PASSES; i++) frames.forEach(run)
	let least = Number.POSITIVE_INFINITY
	for (let i = 0; i < MEASUREMENTS; i++) {
		const before = process.cpuUsage()
		frames.forEach(run)
		least = Math.min(least, cpuUsSince(before) / frames.length)
	}
	return least
}

function cpuUsSince(before: NodeJS.CpuUsage): number {
	const { user, system } = process.cpuUsage(before)
	return user + system
}
