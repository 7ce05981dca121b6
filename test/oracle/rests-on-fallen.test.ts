import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChainPlan, Plan } from './plan.js'
import { runPlan } from './run-plan.js'

const CHAIN: ChainPlan = {
	pace: 0,
	offset: 0,
	activation: 0,
	anchorSource: 0,
	derived: [],
	derivedElsewhere: [],
	deposits: [0],
	aboveReplacement: 0,
	delay: 0,
	isSameElsewhere: false,
	isSameUnsafe: false,
	tail: 0,
}
const MESSAGE = { variant: 0, toward: 1, toVariant: 0, age: 0, log: 0, hasLogBefore: false, fault: 99 }

// D2 executes A1, C3 executes D2 of the same time, and B4 executes C3, which is older.
const PLAN: Plan = {
	l1Height: 3,
	branches: [],
	expiryWindow: 1_000,
	chains: [
		{ ...CHAIN, derivedElsewhere: [1] },
		{ ...CHAIN, derived: [2, 2] },
		{ ...CHAIN, derived: [3] },
		{ ...CHAIN, pace: 2, activation: 1, derived: [1] },
	],
	messages: [
		{ ...MESSAGE, chain: 3, block: 0, toward: 1 },
		{ ...MESSAGE, chain: 1, block: 3 },
		{ ...MESSAGE, chain: 2, block: 2 },
	],
	rings: [],
	events: [{ kind: 34, chain: 0, amount: 0 }],
	lastLinks: 99,
	isComparedInOrder: false,
}

let scratch: string
beforeEach(() => {
	scratch = mkdtempSync(join(tmpdir(), 'vigil-oracle-'))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

test('what rests on a block of its time falls with it, and so does what rests on that', async () => {
	// A1 is announced and then cut away: D2 falls, so C3 could not be promoted any more, nor B4.
	await expect(runPlan(PLAN, scratch)).resolves.toBeUndefined()
})
