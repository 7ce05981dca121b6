import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPeers } from '../../test/cluster/peers.js'
import { machine, machineLine } from '../machine.js'
import type { Contestant } from './contestant.js'
import type { Measurement } from './measurement.js'
import { plotsOf } from './plots.js'
import type { Row, RowContext } from './row.js'
import { rowsNamed } from './rows.js'
import type { SuiteOptions } from './suite-options.js'
import { rowTable } from './suite-table.js'

/**
 * Measures row after row, prints each, and writes all to the directory of results. Returns the exit code: 1 if Vigil
 * did not get to the end of something. What a peer does not do is a result.
 * @throws UnknownRowError; GoMissingError or GoBuildError if a peer is asked for that cannot be built
 */
export async function suiteBench(options: SuiteOptions): Promise<number> {
	const interrupt = new AbortController()
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.once(signal, () => interrupt.abort(new Error(`${signal}: the bench was ended`)))
	const rows = rowsNamed(options.rows ?? (options.recording === undefined ? undefined : ['recorded']))
	const contestants = await contestantsOf(options, interrupt.signal)
	const root = await mkdtemp(join(tmpdir(), 'vigil-bench-'))
	try {
		const context: RowContext = {
			...{ options, contestants, signal: interrupt.signal },
			directory: () => mkdtemp(join(root, 'run-')),
			remove: (directory) => rm(directory, { recursive: true, force: true }),
		}
		return await runAll(rows, context)
	} finally {
		await rm(root, { recursive: true, force: true })
	}
}

async function contestantsOf({ peer }: SuiteOptions, signal: AbortSignal): Promise<Contestant[]> {
	const contestants: Contestant[] = [{ name: 'vigil' }]
	if (peer !== undefined) {
		const programs = await buildPeers((line) => process.stderr.write(`${line}\n`), signal)
		contestants.push({ name: peer, program: programs[peer] })
	}
	return contestants
}

async function runAll(rows: readonly Row[], context: RowContext): Promise<number> {
	const { options } = context
	const measurements: Measurement[] = []
	const loadBefore = load()
	if (!options.json) process.stdout.write(`${machineLine()}load average ${loadBefore.join(', ')}\n`)
	for (const row of rows) {
		const measured = await row.run(context)
		measurements.push(...measured)
		if (!options.json) process.stdout.write(rowTable(row, measured, options.peer))
	}
	const { chains, blocks, logs, storeBlocks, threads, runs, peer, quick } = options
	const result = {
		machine: { ...machine(), load: { before: loadBefore, after: load() } },
		options: { chains, blocks, logs, storeBlocks, threads, runs, peer, quick },
		measurements,
	}
	if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
	await writeResults(options.results, result)
	if (!options.json) process.stdout.write(`\nresults: ${options.results}\n`)
	return measurements.some(({ contestant, problem }) => contestant === 'vigil' && problem !== undefined)
		? 1
		: 0
}

async function writeResults(
	directory: string,
	result: { readonly measurements: readonly Measurement[] },
): Promise<void> {
	await mkdir(directory, { recursive: true })
	await writeFile(join(directory, 'suite.json'), `${JSON.stringify(result, undefined, '\t')}\n`)
	for (const { file, svg } of plotsOf(result.measurements)) await writeFile(join(directory, file), svg)
}

/** Of 1, 5 and 15 minutes. Above the number of cores, what a clock says is not worth much. */
function load(): number[] {
	return loadavg().map((value) => Math.round(value * 100) / 100)
}
