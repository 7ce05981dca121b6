import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runSeed } from './run-seed.js'

const HOUR_MS = 3_600_000

const OPTIONS = {
	seed: { type: 'string' },
	runs: { type: 'string' },
	hours: { type: 'string' },
	/** As many processes share the seeds. */
	jobs: { type: 'string' },
	/** From one seed to the next. */
	step: { type: 'string' },
	keep: { type: 'boolean' },
} as const

/** `npm run simulate -- --seed N --runs N --hours H --jobs N`: exits 1 if anything was wrong. */
async function main(): Promise<number> {
	const { values } = parseArgs({ options: OPTIONS })
	const first = Number(values.seed ?? Date.now() % 2 ** 31)
	const runs =
		values.runs === undefined
			? values.hours === undefined
				? 1
				: Number.POSITIVE_INFINITY
			: Number(values.runs)
	const jobs = Math.min(Number(values.jobs ?? 1), runs)
	if (jobs > 1) return share({ ...values, seed: `${first}` }, { jobs, runs })
	const step = Number(values.step ?? 1)
	const until = performance.now() + Number(values.hours ?? 24) * HOUR_MS
	// What is tested is not the disk.
	const memory = '/dev/shm'
	const base = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'vigil-simulation-'))
	let failed = 0
	let done = 0
	for (let seed = first; done < runs && performance.now() < until; seed += step) {
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

/** Every job takes each `jobs`-th seed, in a process of its own. */
async function share(
	values: { readonly seed: string; readonly hours?: string; readonly keep?: boolean },
	{ jobs, runs }: { readonly jobs: number; readonly runs: number },
): Promise<number> {
	const codes = Array.from({ length: jobs }, async (_, job) => {
		const options = [
			...[`--seed=${Number(values.seed) + job}`, `--step=${jobs}`],
			...(runs === Number.POSITIVE_INFINITY ? [] : [`--runs=${Math.ceil((runs - job) / jobs)}`]),
			...(values.hours === undefined ? [] : [`--hours=${values.hours}`]),
			...(values.keep === true ? ['--keep'] : []),
		]
		const [code] = (await once(
			spawn(process.execPath, [fileURLToPath(import.meta.url), ...options], { stdio: 'inherit' }),
			'exit',
		)) as [number | null]
		return code
	})
	return (await Promise.all(codes)).every((code) => code === 0) ? 0 : 1
}

function say(line: string): void {
	process.stdout.write(`${line}\n`)
}

// A run that did not end may have left something that never will.
process.exit(await main())
