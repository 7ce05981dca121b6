import type { ScenarioResult } from './replay-scenario.js'
import { type CorpusCounts, runCorpus } from './run-corpus.js'

/** How many failed scenarios are printed whole; the rest is counted. */
const PRINTED_FAILURES = 40

/** `npm run scenarios -- SCENARIOS EXPECTED`: exits 0 if every scenario came out as expected, else 1. */
async function main(): Promise<number> {
	const [scenarios, expected, ...rest] = process.argv.slice(2)
	if (scenarios === undefined || expected === undefined || rest.length > 0) {
		process.stderr.write('usage: npm run scenarios -- SCENARIOS EXPECTED\n')
		return 2
	}
	const started = performance.now()
	const counts = await runCorpus({ scenarios, expected })
	print(counts, (performance.now() - started) / 1000)
	return counts.failed.length > 0 ? 1 : 0
}

function print({ equal, until, rules, refused, failed }: CorpusCounts, seconds: number): void {
	for (const result of failed.slice(0, PRINTED_FAILURES)) say(describe(result))
	if (failed.length > PRINTED_FAILURES) say(`... and ${failed.length - PRINTED_FAILURES} more`)
	const total = equal + until + refused + failed.length
	say(`${total} scenarios in ${seconds.toFixed(0)} s`)
	say(`equal    ${equal}`)
	say(`until    ${until}`)
	for (const [rule, times] of [...rules].sort(([, a], [, b]) => b - a)) say(`  ${rule} ${times}`)
	say(`refused  ${refused}`)
	say(`failed   ${failed.length}`)
}

function describe({ id, failure }: ScenarioResult & { readonly result: 'failed' }): string {
	const { at, operation, what } = failure
	const step = typeof at === 'number' ? `op ${at}` : at
	const done = operation === undefined ? '' : ` ${operation.op} of chain ${operation.chain}`
	return `${id}: ${step}${done}: ${what}`
}

function say(line: string): void {
	process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
