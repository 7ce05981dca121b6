import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { runSeed } from './run-seed.js'

/** A run ends by its own deadlines, with a reason; this is beyond all of them. */
const TIMEOUT_MS = 300_000

/** Each of these once showed a fault of Vigil (docs/simulation.md); the others are there for what comes. */
const FOUND = [1004, 2043, 2226, 3007, 3019, 3040, 10002, 20042, 20166, 50012]
const OTHERS = [1, 2, 3, 4, 5, 6, 7, 8]

it.each([...FOUND, ...OTHERS])(
	'a simulated cluster with faults ends as a clean run does: seed %i',
	async (seed) => {
		const { wrong, summary } = await runSeed(seed, join(temporaryDirectory(), 'data'))
		process.stdout.write(`simulation seed ${seed}: ${summary}\n`)
		expect(wrong, `npm run simulate -- --seed ${seed}`).toEqual([])
	},
	TIMEOUT_MS,
)
