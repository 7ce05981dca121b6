import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runSeed } from './run-seed.js'

const HOUR_MS = 3_600_000

/** `npm run simulate -- --seed N --runs N --hours H`: exits 1 if anything was wrong. */
async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			seed: { type: 'string' },
			runs: { type: 'string' },
			hours: { type: 'string' },
			keep: { type: 'boolean' },
		},
	})
	const first = Number(values.seed ?? Date.now() % 2 ** 31)
	const runs =
		values.runs === undefined
			? values.hours === undefined
				? 1
				: Number.POSITIVE_INFINITY
			: Number(values.runs)
	const until = performance.now() + Number(values.hours ?? 24) * HOUR_MS
	// What is tested is not the disk.
	const memory = '/dev/shm'
	const base = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'vigil-simulation-'))
	let failed = 0
	let done = 0
	for (let seed = first; seed < first + runs && performance.now() < until; seed++) {
		const directory = join(base, `seed-${seed}`)
		mkdirSync(directory)
		const started = performance.now()
		const { wrong, summary, writeLog } = await runSeed(seed, join(directory, 'data'))
		done++
		if (wrong.length === 0 && values.keep !== true) rmSync(directory, { recursive: true, force: true })
		const seconds = ((performance.now() - started) / 1000).toFixed(1)
		say(`seed ${seed}: ${wrong.length === 0 ? 'ok' : 'FAILED'} in ${seconds} s: ${summary}`)
		if (values.keep === true || wrong.length > 0) writeLog(join(directory, 'log'))
		if (wrong.length === 0) continue
		failed++
		for (const what of wrong) say(`  ${what}`)
		say(`  data and log are kept in ${directory}; again: npm run simulate -- --seed ${seed}`)
	}
	say(`${done} runs, ${failed} failed`)
	return failed > 0 ? 1 : 0
}

function say(line: string): void {
	process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
