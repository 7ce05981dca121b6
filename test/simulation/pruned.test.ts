import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { runSeed } from './run-seed.js'

/** A run ends by its own deadlines, with a reason; this is beyond all of them. */
const TIMEOUT_MS = 300_000
const SEEDS = [1, 2, 3, 4, 5, 6, 1004, 20042]

it.each(SEEDS)(
	'a simulated cluster that keeps few blocks ends as one that keeps all: seed %i',
	async (seed) => {
		const { wrong, summary, removed } = await runSeed(seed, join(temporaryDirectory(), 'data'), {
			isPruned: true,
		})
		process.stdout.write(`simulation seed ${seed}: ${summary}\n`)
		expect(wrong).toEqual([])
		expect(removed).toBeGreaterThan(0)
	},
	TIMEOUT_MS,
)
