import type { ClusterRun } from './cluster-run.js'
import type { EventPlan } from './plan.js'
import type { World } from './world.js'

/** What happens how often, of 100. */
const KINDS: readonly [
	number,
	'derive' | 'seal' | 'l1' | 'act' | 'reconcile' | 'cut' | 'switch' | 'hold' | 'restart',
][] = [
	[34, 'derive'],
	[58, 'seal'],
	[68, 'l1'],
	[80, 'act'],
	[87, 'reconcile'],
	[91, 'cut'],
	[95, 'switch'],
	[98, 'hold'],
	[100, 'restart'],
]

/** Performs one event of a plan. */
export async function performEvent(world: World, run: ClusterRun, event: EventPlan): Promise<void> {
	const chain = world.chains[event.chain % world.chains.length]
	const kind = KINDS.find(([below]) => event.kind < below)?.[1]
	if (chain === undefined) return
	const { amount } = event
	switch (kind) {
		case 'derive':
			await run.derive(chain, 1 + amount)
			return
		case 'seal':
			// One in four is a block that will not be derived.
			return run.seal(chain, 1 + (amount % 4), amount >= 6)
		case 'l1':
			return run.growL1(1 + (amount % 3))
		case 'act':
			// For each chain what waits there: an invalidation, else a replacement.
			if (!(await run.invalidate(chain))) await run.replace(chain)
			return
		case 'reconcile':
			await run.reconcile(chain)
			return
		case 'cut':
			return run.cutUnsafe(chain, 1 + amount)
		case 'switch':
			return run.switchL1(amount % world.l1Heights.length, amount >= 4 ? event.chain : 0)
		case 'hold':
			return run.hold()
		case 'restart':
			return run.restart()
		default:
	}
}
