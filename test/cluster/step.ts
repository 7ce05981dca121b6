import type { BlockId } from '../../src/protocol/block.js'
import type { Cluster, TestChain } from './cluster.js'
import type { SupervisorKind } from './supervisors.js'

/** What a step hands to later ones. */
export interface RunState {
	/** What stands in place of a block that was invalid. */
	replacement?: { readonly chain: TestChain; readonly block: BlockId }
}

/** A rule that the cluster must follow, and the steps that show it. */
export interface Step {
	readonly rule: string
	/** Why a supervisor leaves this step out. */
	readonly leftOut?: Partial<Record<SupervisorKind, string>>
	/** Resolves with a few words on what was seen. */
	run(cluster: Cluster, state: RunState): Promise<string>
}
