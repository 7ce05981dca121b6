import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClusterRun } from './cluster-run.js'
import { differences } from './compare-ending.js'
import { predictEnding } from './oracle.js'
import type { Plan } from './plan.js'
import { CHAIN, MESSAGE, QUIET } from './sample-plan.js'
import { System } from './system.js'
import { World } from './world.js'

const WRONG_CHECKSUM = 0

const PLAN: Plan = {
	...QUIET,
	chains: [CHAIN, CHAIN, { ...CHAIN, derived: [0, 0, 1] }],
	messages: [
		{ ...MESSAGE, chain: 0, fault: WRONG_CHECKSUM },
		{ ...MESSAGE, chain: 1 },
	],
}

let scratch: string
beforeEach(() => {
	scratch = mkdtempSync(join(tmpdir(), 'vigil-oracle-'))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

test('an invalid block that L1 brings back is judged again once its chain is derived up to its scope', async () => {
	const world = new World(PLAN)
	const system = await System.open(world, scratch)
	const run = new ClusterRun(world, system)
	const [a, b, c] = world.chains
	if (a === undefined || b === undefined || c === undefined) throw new RangeError('three chains are planned')
	try {
		// B1 needs C1, which is derived from L1 2 only: B settles it within that scope, and so A1 is judged there.
		run.growL1(1)
		for (const chain of [c, b, a]) {
			await run.derive(chain, 10)
			await run.reconcile(chain)
			await run.settle()
		}
		expect(await run.invalidate(a)).toBe(true)
		await run.replace(a)
		await run.settle()

		// Without L1 2 nothing but the scope keeps A from saying at once that A1 is not what B1 holds.
		await run.switchL1(0, 1)
		await run.settle()
		await run.derive(a, 1)
		await run.reconcile(a)
		await run.settle()
		expect(await run.invalidate(a)).toBe(false)

		await run.derive(a, 1)
		await run.settle()
		expect(await run.invalidate(a)).toBe(true)
		await run.finish(true)
		expect(differences(predictEnding(world), run.state())).toEqual([])
	} finally {
		await system.close()
	}
})
