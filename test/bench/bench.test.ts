import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url))

/** A run of seconds, on a machine that is busy with other tests. */
const TIMEOUT_MS = 120_000

/** Runs the compiled bench and resolves with its exit code and what it printed. */
function runBench(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
	if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run build" first`)
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [MAIN, ...args])
		const output = { stdout: '', stderr: '' }
		for (const name of ['stdout', 'stderr'] as const) {
			child[name].setEncoding('utf8').on('data', (text: string) => {
				output[name] += text
			})
		}
		child.on('error', reject)
		child.on('close', (code) => resolve({ code, ...output }))
	})
}

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
