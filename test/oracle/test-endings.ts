import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { plans, prunedPlans } from './plan.js'
import { runPlan } from './run-plan.js'

/** Of each of the two files, which run at the same time: as many as a minute allows. The variable is for long runs. */
const RUNS = Number(process.env.VIGIL_ORACLE_RUNS ?? 750)
/** In the name of the test, so that every report has it. */
const SEED = Number(process.env.VIGIL_ORACLE_SEED ?? Date.now() % 2 ** 31)
/** Milliseconds that no run takes, even on a machine with much else to do. */
const RUN_LIMIT = 3_000

/** The property over random clusters; `shard` keeps two files with one seed from doing the same. */
export function testEndings(shard: number, { isPruned }: { readonly isPruned?: boolean } = {}): void {
	let scratch: string
	beforeAll(() => {
		// What is tested is the order of writes, not the disk.
		const memory = '/dev/shm'
		scratch = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'vigil-oracle-'))
	})
	afterAll(() => rmSync(scratch, { recursive: true, force: true }))

	const seed = (SEED + shard) % 2 ** 31
	// After each removal the whole store is checked, which takes its time.
	const runs = isPruned ? Math.ceil(RUNS / 5) : RUNS
	test(
		`${runs} random clusters${isPruned ? ' that keep few blocks' : ''} end where the oracle says, whatever comes first (seed ${seed})`,
		async () => {
			const endsAsPredicted = fc.asyncProperty(isPruned ? prunedPlans : plans, (plan) =>
				runPlan(plan, scratch),
			)
			await fc.assert(endsAsPredicted, { numRuns: runs, seed })
		},
		runs * RUN_LIMIT,
	)
}
