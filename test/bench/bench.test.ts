import { describe, expect, it } from 'vitest'
import { runBench } from './run-bench.js'

/** A run of seconds, on a machine that is busy with other tests. */
const TIMEOUT_MS = 120_000

describe('bench', () => {
	it(
		'indexes a generated cluster and the embedded recording to their heads',
		async () => {
			const { code, stdout, stderr } = await runBench('indexing', '--quick', '--json')
			expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
			const { runs } = JSON.parse(stdout)
			expect(runs).toMatchObject([
				{ name: expect.stringMatching(/^generated/), chains: 2, blocks: 80, logs: expect.any(Number) },
				{ name: 'steady', chains: 2, blocks: 160 },
			])
			for (const run of runs) expect(run.timings.receiptBytes).toBeGreaterThan(run.logs)
		},
		TIMEOUT_MS,
	)

	it(
		'measures every step of a block',
		async () => {
			const { code, stdout } = await runBench('breakdown', '--quick', '--json')
			expect(code).toBe(0)
			const { steps } = JSON.parse(stdout)
			expect(steps.length).toBeGreaterThan(5)
			for (const { name, us } of steps) expect(us, name).toBeTypeOf('number')
		},
		TIMEOUT_MS,
	)

	it(
		'measures the way of new blocks to their seals, and prints a table',
		async () => {
			const { code, stdout } = await runBench('tip', '--quick')
			expect(code).toBe(0)
			expect(stdout).toMatch(/unsafeBlock sent until sealed *│ *\d+ *│ *[\d.]+ ms/)
		},
		TIMEOUT_MS,
	)

	it(
		'measures the API alone, with readers, and during a sync',
		async () => {
			const { code, stdout, stderr } = await runBench('api', '--quick', '--json')
			expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
			const { runs } = JSON.parse(stdout)
			expect(runs.length).toBe(18)
			for (const { what, perSecond } of runs) expect(perSecond, what).toBeGreaterThan(0)
		},
		TIMEOUT_MS,
	)

	it('refuses what is no size', async () => {
		const { code, stderr } = await runBench('indexing', '--blocks', 'many')
		expect(code).toBe(1)
		expect(stderr).toContain('whole number')
	})
})
