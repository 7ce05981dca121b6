import type { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { afterTest } from './cleanup.js'
import { until } from './deadline.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { sampleRecording, timeOf } from './sample-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

const DEATHS = 3

it('every worker thread is killed three times in the midst of its work: each is started again, nothing is lost, and the third time is loud', async () => {
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
		// There is always more to do when they die.
		const seen = sealedBlocks()
		replay.advance(timeOf(50 * death))
		await until('work to go on', () => sealedBlocks() > seen)
		await Promise.all([...workers].map((worker) => worker.terminate()))
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

	function sealedBlocks(): number {
		try {
			return supervisor.reader.localUnsafe(recording.chains[0]?.chainId ?? (0n as never)).number
		} catch {
			return -1 // Nothing is sealed yet.
		}
	}
})
