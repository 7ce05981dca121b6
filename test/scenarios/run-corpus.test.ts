import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLines } from './read-lines.js'
import { runCorpus } from './run-corpus.js'
import type { Expectation, Scenario } from './scenario.js'

const corpus = fileURLToPath(new URL('../vectors/cross/scenarios.ndjson.gz', import.meta.url))

/** a-0001 is equal to the recording to its end; a-0041 has two blocks of one time. */
async function scenario(id: string): Promise<Scenario> {
	for await (const line of readLines(corpus)) {
		if (line.includes(`"id":"${id}"`)) return JSON.parse(line) as Scenario
	}
	throw new Error(`no scenario ${id}`)
}

describe('runCorpus notices', () => {
	let directory: string
	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), 'vigil-corpus-'))
	})
	afterEach(() => {
		rmSync(directory, { recursive: true, force: true })
	})

	async function run(scenarios: readonly Scenario[], expected: readonly Expectation[]) {
		const write = (name: string, values: readonly object[]) => {
			const path = join(directory, name)
			writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''))
			return path
		}
		return runCorpus({
			scenarios: write('scenarios.ndjson', scenarios),
			expected: write('expected.ndjson', expected),
			workers: 1,
		})
	}

	test('nothing where nothing is wrong, in plain files', async () => {
		const good = await scenario('a-0001')
		const counts = await run([good], [{ id: 'a-0001', use: 'all' }])
		expect(counts).toMatchObject({ equal: 1, until: 0, refused: 0, failed: [] })
	})

	test('a verdict that is not the recorded one', async () => {
		const good = await scenario('a-0001')
		const at = good.ops.findIndex(({ op, action }) => op === 'safe' && action === 'promote')
		const ops = good.ops.map((op, index) => (index === at ? { ...op, verdict: 'future' } : op))
		const { failed } = await run([{ ...good, ops }], [{ id: 'a-0001', use: 'all' }])
		expect(failed).toMatchObject([{ id: 'a-0001', failure: { at, operation: { op: 'safe' } } }])
		expect(failed[0]?.failure.what).toContain('verdict is "ok", expected "future"')
	})

	test('another state at the end', async () => {
		const good = await scenario('a-0001')
		const final = Object.fromEntries(
			Object.entries(good.final).map(([id, chain]) => [id, { ...chain, crossSafe: [] }]),
		)
		const { failed } = await run([{ ...good, final }], [{ id: 'a-0001', use: 'all' }])
		expect(failed).toMatchObject([{ failure: { at: 'final state' } }])
	})

	test('a scenario that should have been refused', async () => {
		const { failed } = await run(
			[await scenario('a-0001')],
			[{ id: 'a-0001', use: 'skip', reason: 'equal-times' }],
		)
		expect(failed).toHaveLength(1)
	})

	test('scenarios without expectation, and expectations without scenario', async () => {
		const { failed } = await run([await scenario('a-0001')], [{ id: 'a-0002', use: 'all' }])
		expect(failed.map(({ id, failure }) => [id, failure.at])).toEqual([
			['a-0001', 'expectation'],
			['a-0002', 'expectation'],
		])
	})

	test('an impossible scenario is refused', async () => {
		const counts = await run(
			[await scenario('a-0041')],
			[{ id: 'a-0041', use: 'skip', reason: 'equal-times' }],
		)
		expect(counts).toMatchObject({ refused: 1, failed: [] })
	})
})
