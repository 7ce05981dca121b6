import { fileURLToPath } from 'node:url'
import { packageRoot } from '../src/package-root.js'
import type { BenchOptions } from './bench-options.js'
import { FakeCluster } from './fake-cluster.js'
import type { FakeClusterSource } from './fake-cluster-messages.js'
import { type IndexingRun, indexOnce } from './indexing-run.js'
import { indexingTable } from './indexing-table.js'
import { machine } from './machine.js'

/** Indexes a generated cluster and the embedded recording (or the recording that is named). Returns the exit code. */
export async function indexingBench(options: BenchOptions): Promise<number> {
	const runs: IndexingRun[] = []
	for (const source of sources(options)) {
		const fakes = await FakeCluster.start(source)
		try {
			const all: IndexingRun[] = []
			for (let i = 0; i < options.runs; i++) {
				all.push(await indexOnce(fakes, { threads: options.threads, latencyMs: options.latency }))
			}
			runs.push(median(all))
		} catch (error) {
			process.stderr.write(`bench: ${fakes.loaded.name}: ${error instanceof Error ? error.message : error}\n`)
			return 1
		} finally {
			fakes.close()
		}
	}
	const { threads, latency } = options
	if (options.json)
		process.stdout.write(`${JSON.stringify({ machine: machine(), threads, latencyMs: latency, runs })}\n`)
	else process.stdout.write(indexingTable(runs, options))
	return 0
}

function sources({ chains, blocks, logs, recording }: BenchOptions): FakeClusterSource[] {
	if (recording !== undefined) return [{ kind: 'recording', file: recording }]
	const embedded = new URL(
		'src/recording/embedded/steady.vigil.gz',
		`${packageRoot().href.replace(/\/*$/, '/')}`,
	)
	return [
		{ kind: 'generated', chains, blocks, logs },
		{ kind: 'recording', file: fileURLToPath(embedded) },
	]
}

/** The run with the median CPU time; of an even number, the better of the two in the middle. */
function median(runs: readonly IndexingRun[]): IndexingRun {
	const sorted = [...runs].sort((a, b) => a.cost.cpuMs - b.cost.cpuMs)
	const run = sorted[(sorted.length - 1) >> 1]
	if (run === undefined) throw new RangeError('there was no run')
	return run
}
