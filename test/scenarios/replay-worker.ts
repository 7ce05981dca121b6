import { rmSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { pino } from 'pino'
import { readLines } from './read-lines.js'
import { replayScenario } from './replay-scenario.js'
import type { Expectation, Scenario } from './scenario.js'
import { scratchDirectory } from './scratch-directory.js'

/** A worker replays every `workers`-th scenario of the file, beginning with number `worker`. */
export interface ReplayShare {
	readonly scenarios: string
	readonly expected: string
	readonly worker: number
	readonly workers: number
}

const { scenarios, expected, worker, workers } = workerData as ReplayShare
const scratch = scratchDirectory('scenarios')
try {
	const expectations = new Map<string, Expectation>()
	for await (const line of readLines(expected)) {
		const expectation = JSON.parse(line) as Expectation
		expectations.set(expectation.id, expectation)
	}
	const log = pino({ level: 'silent' })
	let number = 0
	for await (const line of readLines(scenarios)) {
		if (number++ % workers !== worker) continue
		const scenario = JSON.parse(line) as Scenario
		parentPort?.postMessage(await replayScenario(scenario, expectations.get(scenario.id), scratch, { log }))
	}
} finally {
	rmSync(scratch, { recursive: true, force: true })
}
