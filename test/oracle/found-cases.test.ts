import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'vitest'
import type { Plan } from './plan.js'
import { runPlan } from './run-plan.js'
import { CHAIN, MESSAGE, QUIET } from './sample-plan.js'

// Clusters that random runs have found, as fast-check has shrunk them.

let scratch: string
beforeEach(() => {
	scratch = mkdtempSync(join(tmpdir(), 'vigil-oracle-'))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

test('what rests on a block of its time falls with it, and so does what rests on that', async () => {
	// D2 executes A1, C3 executes D2 of the same time, and B4 executes C3, which is older. A1 is announced and then cut
	// away: D2 falls, so C3 could not be promoted any more, nor B4.
	const plan: Plan = {
		...QUIET,
		chains: [
			{ ...CHAIN, derived: [], derivedElsewhere: [1] },
			{ ...CHAIN, derived: [2, 2] },
			{ ...CHAIN, derived: [3] },
			{ ...CHAIN, pace: 2, activation: 1, derived: [1] },
		],
		messages: [
			{ ...MESSAGE, chain: 3, block: 0 },
			{ ...MESSAGE, chain: 1, block: 3 },
			{ ...MESSAGE, chain: 2, block: 2 },
		],
		events: [{ kind: 34, chain: 0, amount: 0 }],
	}
	await runPlan(plan, scratch)
})

test('an L1 reorg takes back what was told before it was stored, also below where it begins', async () => {
	// A1 is found cross-safe at L1 1 and B1 at 2, and before they are stored L1 is cut to 1.
	const plan: Plan = {
		...QUIET,
		chains: [
			{ ...CHAIN, derived: [0, 3], deposits: [1], tail: 1 },
			{ ...CHAIN, derived: [1] },
		],
		messages: [{ ...MESSAGE, chain: 3, block: 0 }],
		events: [
			{ kind: 34, chain: 0, amount: 0 },
			{ kind: 0, chain: 3, amount: 0 },
			{ kind: 34, chain: 1, amount: 0 },
			{ kind: 95, chain: 0, amount: 0 },
			{ kind: 58, chain: 0, amount: 0 },
			{ kind: 0, chain: 1, amount: 2 },
			{ kind: 0, chain: 0, amount: 2 },
			{ kind: 91, chain: 1, amount: 4 },
		],
	}
	await runPlan(plan, scratch)
})
