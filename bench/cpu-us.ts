import type { Frame } from './frames.js'

/** Passes over all frames before the clock starts, so that the compiler has done its work. */
const WARM_UP_PASSES = 4

/** The least of several measurements is taken: whatever else the machine does only adds. */
const MEASUREMENTS = 8

export type FrameRun = (frame: Frame) => void

/** CPU of the whole process a call, in microseconds. */
export function cpuUsPerCall(frames: readonly Frame[], run: FrameRun): number {
	return cpuUsInTurn(frames, [run])[0] ?? 0
}

/** The same for each of several runs that are compared: in turn, so that what the machine does meets all of them. */
export function cpuUsInTurn(frames: readonly Frame[], runs: readonly FrameRun[]): number[] {
	const least = runs.map(() => Number.POSITIVE_INFINITY)
	for (let pass = 0; pass < WARM_UP_PASSES + MEASUREMENTS; pass++) {
		runs.forEach((run, i) => {
			const before = process.cpuUsage()
			for (const frame of frames) run(frame)
			if (pass >= WARM_UP_PASSES) least[i] = Math.min(least[i] ?? 0, cpuUsSince(before) / frames.length)
		})
	}
	return least
}

/** CPU of the process since then, in microseconds. */
export function cpuUsSince(before: NodeJS.CpuUsage): number {
	const { user, system } = process.cpuUsage(before)
	return user + system
}
