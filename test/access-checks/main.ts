import { runAccessChecks } from './run-access-checks.js'

/** How many failed queries are printed; the rest is counted. */
const PRINTED_FAILURES = 40

/** `npm run access-checks -- DIR`: exits 0 if every answer agrees with the recorded one, else 1. */
async function main(): Promise<number> {
	const [directory, ...rest] = process.argv.slice(2)
	if (directory === undefined || rest.length > 0) {
		process.stderr.write('usage: npm run access-checks -- DIR\n')
		return 2
	}
	const { agreed, failed } = await runAccessChecks(directory)
	for (const { id, type, difference } of failed.slice(0, PRINTED_FAILURES))
		say(`${id}: ${type}: ${difference}`)
	if (failed.length > PRINTED_FAILURES) say(`... and ${failed.length - PRINTED_FAILURES} more`)
	for (const [type, times] of agreed) say(`${type} agreed ${times}`)
	say(`failed ${failed.length}`)
	return failed.length > 0 ? 1 : 0
}

function say(line: string): void {
	process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
