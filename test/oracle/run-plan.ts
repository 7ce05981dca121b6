import { ClusterRun } from './cluster-run.js'
import { contradictions, differences } from './compare-ending.js'
import { brokenInvariants } from './invariants.js'
import { wrongCrossUnsafe } from './least-cross-unsafe.js'
import { predictEnding } from './oracle.js'
import { performEvent } from './perform-event.js'
import type { Plan } from './plan.js'
import { tellStory } from './story.js'
import { System } from './system.js'
import { World } from './world.js'

/**
 * Runs one cluster on a store of its own in the folder `scratch`.
 * @throws Error with the whole story if an invariant breaks on the way, or if it ends elsewhere than it must.
 */
export async function runPlan(plan: Plan, scratch: string): Promise<void> {
	const world = new World(plan)
	const system = await System.open(world, scratch)
	const run = new ClusterRun(world, system)
	const wrong: string[] = []
	try {
		wrong.push(...(await findWrong(world, system, run)))
	} catch (error) {
		wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
	} finally {
		await system.close()
	}
	if (wrong.length > 0) throw new Error(tellStory(world, run.told, wrong))
}

/** Runs a cluster to its end, and says what is wrong as soon as something is. */
async function findWrong(world: World, system: System, run: ClusterRun): Promise<string[]> {
	const endings = predictEnding(world)
	const broken = () => {
		const state = run.state()
		// While a promotion is held back the promoter has not said its last word.
		const unsafe = system.isHolding ? [] : wrongCrossUnsafe(world, state)
		return [
			...system.troubles,
			...brokenInvariants(world, state),
			...contradictions(endings, state, run.settledL1),
			...unsafe,
		]
	}
	for (const event of world.plan.events) {
		const wasHolding = system.isHolding
		await performEvent(world, run, event)
		await run.settle()
		if (wasHolding) {
			system.release()
			await run.settle()
		}
		const wrong = broken()
		if (wrong.length > 0) return wrong
	}
	system.release()
	await run.settle()

	await run.finish(false)
	for (const chain of world.chains) await run.announce(chain, chain.plan.tail)
	await run.settle()
	const wrong = broken()
	if (wrong.length > 0) return wrong

	await run.finish(true)
	for (const chain of world.chains) await run.announce(chain, 0)
	await run.settle()
	return [...broken(), ...differences(endings, run.state())]
}
