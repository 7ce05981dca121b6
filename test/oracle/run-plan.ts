import { ClusterRun } from './cluster-run.js'
import { contradictions, differences, otherDecisions } from './compare-ending.js'
import { brokenInvariants } from './invariants.js'
import { wrongCrossUnsafe } from './least-cross-unsafe.js'
import type { ObservedChain } from './observed.js'
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
		wrong.push(...(await findWrong(world, system, run, scratch)))
	} catch (error) {
		wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
	} finally {
		await system.close()
	}
	if (wrong.length > 0) throw new Error(tellStory(world, run.told, wrong))
}

/** Runs a cluster to its end, and says what is wrong as soon as something is. */
async function findWrong(world: World, system: System, run: ClusterRun, scratch: string): Promise<string[]> {
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
		if (world.plan.isPruned && event.amount % 2 === 0) await run.prune(1 + event.amount)
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
	const wrong = broken()
	if (world.plan.isComparedInOrder) wrong.push(...(await compareInOrder(world, run, scratch)))
	for (const chain of world.chains) await run.announce(chain, chain.plan.tail)
	await run.settle()
	wrong.push(...broken())
	if (wrong.length > 0) return wrong

	if (world.plan.isPruned) await run.prune(2)
	await run.finish(true)
	for (const chain of world.chains) await run.announce(chain, 0)
	await run.settle()
	return [...broken(), ...differences(endings, run.state())]
}

/** In what a cluster that rests differs from one that saw the same L1 in plain order, or from itself after a restart. */
async function compareInOrder(world: World, run: ClusterRun, scratch: string): Promise<string[]> {
	const rested = run.state()
	const unsafe = () =>
		run
			.state()
			.map(({ crossUnsafe }) => crossUnsafe?.name)
			.join(' ')
	const before = unsafe()
	const wrong = otherDecisions('with the same L1 in order', rested, await decideInOrder(world, scratch))
	await run.restart()
	await run.settle()
	wrong.push(...otherDecisions('after a restart', rested, run.state()))
	if (unsafe() !== before) wrong.push(`after a restart cross-unsafe goes from ${before} to ${unsafe()}`)
	return wrong
}

/** What is decided before the closing block when nothing happens but what must: chain after chain, no reorgs. */
async function decideInOrder(world: World, scratch: string): Promise<readonly ObservedChain[]> {
	const system = await System.open(world, scratch)
	try {
		const run = new ClusterRun(world, system)
		await run.finish(false)
		return run.state()
	} finally {
		await system.close()
	}
}
