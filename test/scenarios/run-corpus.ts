import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../src/package-root.js'
import { readLines } from './read-lines.js'
import type { ScenarioResult } from './replay-scenario.js'
import type { ReplayShare } from './replay-worker.js'

export interface CorpusOptions {
	/** Newline-delimited JSON, gzipped (`.gz`) or plain. */
	readonly scenarios: string
	readonly expected: string
	/** By default one more than cores: each waits for commits a quarter of its time. */
	readonly workers?: number
	readonly onResult?: (result: ScenarioResult) => void
}

export interface CorpusCounts {
	readonly equal: number
	readonly until: number
	/** How often each rule explains where a scenario parts from the recording; several may explain one. */
	readonly rules: ReadonlyMap<string, number>
	readonly refused: number
	readonly failed: readonly (ScenarioResult & { readonly result: 'failed' })[]
}

/** Replays all scenarios of a file, split over worker threads that run the compiled code. */
export async function runCorpus(options: CorpusOptions): Promise<CorpusCounts> {
	const results: ScenarioResult[] = []
	const { scenarios, expected, workers = availableParallelism() + 1 } = options
	const shares = Array.from({ length: workers }, (_, worker) => ({ scenarios, expected, worker, workers }))
	await Promise.all(
		shares.map((share) =>
			replayShare(share, (result) => {
				results.push(result)
				options.onResult?.(result)
			}),
		),
	)
	return count([...results, ...(await neverReplayed(options.expected, results))])
}

/** A scenario that is expected but not in the file has not passed. */
async function neverReplayed(
	expected: string,
	results: readonly ScenarioResult[],
): Promise<ScenarioResult[]> {
	const replayed = new Set(results.map(({ id }) => id))
	const missing: ScenarioResult[] = []
	for await (const line of readLines(expected)) {
		const { id } = JSON.parse(line) as { id: string }
		const failure = { at: 'expectation', what: 'the scenario is not in the file' } as const
		if (!replayed.has(id)) missing.push({ id, result: 'failed', failure })
	}
	return missing
}

function replayShare(share: ReplayShare, onResult: (result: ScenarioResult) => void): Promise<void> {
	const root = `${packageRoot().href.replace(/\/*$/, '/')}`
	const worker = new Worker(fileURLToPath(new URL('dist/test/scenarios/replay-worker.js', root)), {
		workerData: share,
	})
	worker.on('message', onResult)
	return new Promise((resolve, reject) => {
		worker.once('error', reject)
		worker.once('exit', (code) =>
			code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`)),
		)
	})
}

function count(results: readonly ScenarioResult[]): CorpusCounts {
	const rules = new Map<string, number>()
	const failed: (ScenarioResult & { readonly result: 'failed' })[] = []
	const counts = { equal: 0, until: 0, refused: 0, failed: 0 }
	for (const result of results) {
		counts[result.result]++
		if (result.result === 'failed') failed.push(result)
		if (result.result !== 'until') continue
		for (const rule of result.rules) rules.set(rule, (rules.get(rule) ?? 0) + 1)
	}
	failed.sort((a, b) => (a.id < b.id ? -1 : 1))
	return { ...counts, rules, failed }
}
