import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Table from 'cli-table3'
import { openLogWriter, packLogBlock } from '../src/storage/index.js'
import type { BenchOptions } from './bench-options.js'
import { cpuUsPerCall, cpuUsSince, type FrameRun } from './cpu-us.js'
import { decodeSteps } from './decode-steps.js'
import { type Frame, makeFrames } from './frames.js'
import { machine, machineLine } from './machine.js'
import { receiveFrames } from './receive-frames.js'

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
	const measure = (name: string, run: FrameRun) => steps.push({ name, us: cpuUsPerCall(frames, run) })

	const decode = decodeSteps(frames)
	steps.push(
		{ name: 'decode with the kernel', us: decode.kernel },
		{ name: '  of it copying the answer', us: decode.copy },
		{ name: '  of it JSON and hex', us: decode.read },
		{ name: '  of it Keccak-256, two a log', us: decode.hash },
		{ name: '  of it the result', us: decode.result },
		{ name: 'for comparison: the plain decoder', us: decode.plain },
		{ name: '  of it JSON.parse', us: decode.parse },
	)
	measure('pack', ({ ref, logs }) => packLogBlock({ ref, logs }))
	steps.push(await writeStep(frames))
	steps.push(...(await receiveFrames(logs)))

	const frameBytes = frames.reduce((sum, { answer }) => sum + answer.length, 0) / frames.length
	const logCount = frames.reduce((sum, frame) => sum + frame.logs.logCount, 0) / frames.length
	if (json)
		process.stdout.write(
			`${JSON.stringify({ machine: machine(), frameBytes, logCount, steps, plainToKernel: decode.plain / decode.kernel })}\n`,
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
				`the kernel is ${(decode.plain / decode.kernel).toFixed(1)} times as fast as the plain decoder\n`,
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
		for (let at = 0; at < packed.length; at += 64) await writer.writeBatch(packed.slice(at, at + 64))
		return { name: 'write, 64 blocks a transaction', us: cpuUsSince(before) / packed.length }
	} finally {
		await writer.close()
		await rm(directory, { recursive: true })
	}
}
