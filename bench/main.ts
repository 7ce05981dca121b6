import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { defaultIndexThreads } from '../src/config/cluster-options.js'
import { packageRoot } from '../src/package-root.js'
import { type BenchOptions, QUICK, wholeNumber } from './bench-options.js'
import { QUICK_SUITE, type SuiteOptions } from './suite/suite-options.js'

const program = new Command('bench')
	.description(
		'Measures how fast Vigil indexes and answers, what it costs, and where the time goes (docs/performance.md).',
	)
	.enablePositionalOptions()

function addBench(name: string, description: string, load: () => Promise<Bench>): void {
	addCommand(name, description).action(async (flags: BenchOptions) => {
		const run = await load()
		process.exitCode = await run(flags.quick ? { ...flags, ...QUICK } : flags)
	})
}

function addCommand(
	name: string,
	description: string,
	settings: { readonly isDefault?: boolean } = {},
): Command {
	return program
		.command(name, settings)
		.description(description)
		.option('--json', 'print JSON instead of tables', false)
		.option('--chains <n>', 'chains of the generated cluster', wholeNumber(1), 2)
		.option('--blocks <n>', 'blocks of each chain', wholeNumber(2), 2000)
		.option('--logs <n>', 'logs of a block, on average', wholeNumber(0), 93)
		.option('--threads <n>', 'index threads', wholeNumber(1), defaultIndexThreads())
		.option('--latency <ms>', 'added to each answer of L1 and nodes', wholeNumber(0), 0)
		.option('--runs <n>', 'runs; the median is shown', wholeNumber(1), 1)
		.option('--recording <file>', 'measure this recording instead')
		.option('--quick', 'tiny sizes: does it run, and are the heads right?', false)
}

/** Prints its result and resolves with the exit code. */
type Bench = (options: BenchOptions) => Promise<number>

addCommand('suite', 'all of it, row by row, Vigil as a process of its own; can run a peer beside it', {
	isDefault: true,
})
	.addOption(
		new Option('--peer <name>', 'measure it beside Vigil, in turns (needs Go)').choices(['op-supervisor']),
	)
	.option('--rows <names>', 'only these rows, by name, with commas', (names) => names.split(','))
	.option('--store-blocks <n>', 'blocks of each of 2 chains for the size of the store', wholeNumber(20), 5000)
	.option('--results <dir>', 'where JSON and plots are written', resultsDirectory())
	.action(async (flags: SuiteOptions) => {
		const { suiteBench } = await import('./suite/suite-bench.js')
		try {
			process.exitCode = await suiteBench(flags.quick ? { ...flags, ...QUICK, ...QUICK_SUITE } : flags)
		} catch (error) {
			process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`)
			process.exitCode = 1
		}
	})
addBench('indexing', 'a cluster from genesis to its heads, as fast as it goes', async () => {
	const { indexingBench } = await import('./indexing-bench.js')
	return indexingBench
})
addBench('breakdown', 'the steps of one block, each alone in one thread', async () => {
	const { breakdownBench } = await import('./breakdown-bench.js')
	return breakdownBench
})
addBench('tip', 'from an announced block to its seal and promotion, a block each 200 ms', async () => {
	const { tipBench } = await import('./tip-bench.js')
	return tipBench
})
addBench('cross-safety', 'promotion of blocks that are indexed and derived already', async () => {
	const { crossSafetyBench } = await import('./cross-safety-bench.js')
	return crossSafetyBench
})

addBench('api', 'access checks and reads over HTTP, idle, with readers, and during a sync', async () => {
	const { apiBench } = await import('./api-bench.js')
	return apiBench
})

await program.parseAsync()

/** Not under version control: what is to stay is written elsewhere on purpose. */
function resultsDirectory(): string {
	return fileURLToPath(new URL('bench/results/latest', `${packageRoot().href.replace(/\/*$/, '/')}`))
}
