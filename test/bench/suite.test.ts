import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Measurement } from '../../bench/suite/measurement.js'
import { ROWS } from '../../bench/suite/rows.js'
import { runBench, runBenchIn } from './run-bench.js'

/** Dozens of short runs, on a machine that is busy with other tests. */
const TIMEOUT_MS = 300_000

/** Rows that are run together, so that none of the tests takes long. */
const GROUPS = [
	['bulk', 'latency', 'small-blocks', 'large-blocks', 'mixed-sizes', 'recorded'],
	['chains', 'threads', 'store'],
	['l1-catch-up', 'tip', 'slow-node', 'live', 'overload', 'api'],
	['gateway', 'gateway-upstream'],
	['cluster-call'],
]

let results: string

beforeAll(async () => {
	results = await mkdtemp(join(tmpdir(), 'vigil-bench-test-'))
})
afterAll(() => rm(results, { recursive: true, force: true }))

/** Exit code 0 says that Vigil has reached the heads, and told them to the nodes, in every case. */
async function quickSuite(rows: readonly string[]): Promise<Measurement[]> {
	const { code, stdout, stderr } = await runBench(
		...['--quick', '--json', '--rows', rows.join(','), '--results', results],
	)
	expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
	return (JSON.parse(stdout) as { measurements: Measurement[] }).measurements
}

/** JSON and plots are as `--json` has it. */
async function expectResults(measurements: readonly Measurement[]): Promise<void> {
	const written = JSON.parse(await readFile(join(results, 'suite.json'), 'utf8'))
	expect(written).toMatchObject({ machine: { load: {} }, options: { quick: true }, measurements })
	if (!measurements.some(({ row }) => row === 'latency')) return
	const plot = await readFile(join(results, 'latency.svg'), 'utf8')
	expect(plot).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
	expect(plot.match(/<circle /g)).toHaveLength(4)
}

describe('bench suite', () => {
	it('knows the rows that are tested here, and no others', () => {
		expect(GROUPS.flat().sort()).toEqual(ROWS.map(({ name }) => name).sort())
	})

	it.each(GROUPS)(
		'runs %s, ... to the right heads',
		async (...rows) => {
			const measurements = await quickSuite(rows)
			expect(new Set(measurements.map(({ row }) => row))).toEqual(new Set(rows))
			for (const { row, figures, ...measurement } of measurements) {
				expect(figures.length, `${row}, ${measurement.case}`).toBeGreaterThan(1)
				for (const { name, value } of figures) expect(value, `${row}: ${name}`).toBeTypeOf('number')
			}
			await expectResults(measurements)
		},
		TIMEOUT_MS,
	)

	it('names the rows that there are if one is not known', async () => {
		const { code, stderr } = await runBench('suite', '--rows', 'bulk,bilk')
		expect(code).toBe(1)
		expect(stderr).toMatch(/no row "bilk"; name some of bulk, latency/)
	})

	it('tells that a peer needs Go, if there is none', async () => {
		const environment = { ...process.env, PATH: '', XDG_CACHE_HOME: results }
		const { code, stderr } = await runBenchIn(environment, '--peer', 'op-supervisor', '--rows', 'bulk')
		expect(code).toBe(1)
		expect(stderr).toContain('Install Go')
	})
})
