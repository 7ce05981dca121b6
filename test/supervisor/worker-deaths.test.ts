import type { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { afterTest } from './cleanup.js'
import { until } from './deadline.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { CONFIRMATION_DEPTH, sampleRecording, sourceOf, timeOf } from './sample-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

const DEATHS = 3

it('every worker thread is killed three times, when work comes: each is started again, the work is done, and the third time is loud', async () => {
	const workers = new Set<Worker>()
	const onWorker = (worker: Worker) => {
		workers.add(worker)
		worker.once('exit', () => workers.delete(worker))
	}
	process.on('worker', onWorker)
	afterTest(() => process.off('worker', onWorker))
	const recording = sampleRecording({ derived: 200 })
	const replay = await replayed(recording, { kind: 'steps' })
	const { supervisor, directory, logs } = await supervise(recording, replay, { indexThreads: 2 })
	const threads = workers.size
	expect(threads).toBe(3)
	for (let death = 1; death <= DEATHS; death++) {
		replay.advance(timeOf(50 * death))
		await until('all threads to be at rest', () => isAt(lastDerivedAt(50 * death - CONFIRMATION_DEPTH)))
		// At rest, because a thread that is terminated within LMDB's native code takes the process along. Then there is
		// work at once, which nobody is there to do.
		for (const worker of [...workers]) await worker.terminate()
		replay.advance(timeOf(50 * death + 25))
		await until('all threads to be there again', () => workers.size === threads)
	}
	replay.advance(Number.POSITIVE_INFINITY)
	await headsReached({ supervisor }, recording)
	await until('cross-safe to reach the end', () =>
		[...supervisor.reader.syncStatus().chains.values()].every(({ safe }) => safe.number === 200),
	)
	expect(supervisor.stoppedChains.size).toBe(0)
	for (const [what, count] of [
		['an index worker died', 2],
		['the cross-safety thread ended', 1],
	] as const) {
		const levels = logs.records.filter(({ msg }) => msg.startsWith(what)).map(({ level }) => level)
		expect(levels.toSorted()).toEqual([...Array(2 * count).fill(50), ...Array(count).fill(60)])
	}
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))

	function isAt(number: number): boolean {
		try {
			const chains = [...supervisor.reader.syncStatus().chains.values()]
			return chains.every(({ localUnsafe, safe }) => safe.number >= number && localUnsafe.number >= number)
		} catch {
			return false // Nothing is sealed yet.
		}
	}
})

/** The last L2 block that is derived from L1 up to a block. */
function lastDerivedAt(l1: number): number {
	let number = 0
	while (sourceOf(number + 1) <= l1) number++
	return number
}
