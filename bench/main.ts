import { availableParallelism } from 'node:os'
import { Command } from 'commander'
import { type BenchOptions, QUICK, wholeNumber } from './bench-options.js'

const program = new Command('bench')
	.description(
		'Measures how fast Vigil indexes and answers, what it costs, and where the time goes (docs/performance.md).',
	)
	.enablePositionalOptions()

function addBench(name: string, description: string, isDefault: boolean, load: () => Promise<Bench>): void {
	program
		.command(name, { isDefault })
		.description(description)
		.option('--json', 'print JSON instead of tables', false)
		.option('--chains <n>', 'chains of the generated cluster', wholeNumber(1), 2)
		.option('--blocks <n>', 'blocks of each chain', wholeNumber(2), 2000)
		.option('--logs <n>', 'logs of a block, on average', wholeNumber(0), 93)
		.option('--threads <n>', 'index threads', wholeNumber(1), Math.min(2, availableParallelism()))
		.option('--latency <ms>', 'added to each answer of L1 and nodes', wholeNumber(0), 0)
		.option('--runs <n>', 'runs; the one with the median CPU time is shown', wholeNumber(1), 1)
		.option('--recording <file>', 'measure this recording instead')
		.option('--quick', 'tiny sizes: does it run, and are the heads right?', false)
		.action(async (flags: BenchOptions) => {
			const run = await load()
			process.exitCode = await run(flags.quick ? { ...flags, ...QUICK } : flags)
		})
}

/** Prints its result and resolves with the exit code. */
type Bench = (options: BenchOptions) => Promise<number>

addBench('indexing', 'a cluster from genesis to its heads, as fast as it goes', true, async () => {
	const { indexingBench } = await import('./indexing-bench.js')
	return indexingBench
})
addBench('breakdown', 'the steps of one block, each alone in one thread', false, async () => {
	const { breakdownBench } = await import('./breakdown-bench.js')
	return breakdownBench
})
addBench('tip', 'from an announced block to its seal and promotion, a block each 200 ms', false, async () => {
	const { tipBench } = await import('./tip-bench.js')
	return tipBench
})
addBench('cross-safety', 'promotion of blocks that are indexed and derived already', false, async () => {
	const { crossSafetyBench } = await import('./cross-safety-bench.js')
	return crossSafetyBench
})

addBench(
	'api',
	'access checks and reads over HTTP, idle, with readers, and during a sync',
	false,
	async () => {
		const { apiBench } = await import('./api-bench.js')
		return apiBench
	},
)

await program.parseAsync()
