import type { SimulatedBlock, SimulatedChain } from './world.js'

/** A local-safe block and the first L1 block from which it is canonical. */
export interface Derived {
	readonly block: SimulatedBlock
	readonly source: number
}

export interface Promoted {
	readonly block: SimulatedBlock
	readonly scope: number
}

export interface Invalidated {
	readonly block: SimulatedBlock
	readonly source: number
	readonly scope: number
	readonly replacement: SimulatedBlock
}

/** Where a chain stands when all that an L1 block shows has been done. */
export interface ChainState {
	/** From genesis. */
	readonly derived: Derived[]
	/** Cross-safe, from the anchor. */
	readonly settled: Promoted[]
	readonly invalidated: Invalidated[]
}

export class ClusterState {
	constructor(private readonly states: readonly ChainState[]) {}

	of(chain: SimulatedChain): ChainState {
		const state = this.states[chain.index]
		if (state === undefined) throw new RangeError(`the cluster has no chain ${chain.letter}`)
		return state
	}

	copy(): ClusterState {
		return new ClusterState(
			this.states.map(({ derived, settled, invalidated }) => ({
				derived: [...derived],
				settled: [...settled],
				invalidated: [...invalidated],
			})),
		)
	}
}

export function emptyState(chains: readonly SimulatedChain[]): ClusterState {
	return new ClusterState(chains.map(() => ({ derived: [], settled: [], invalidated: [] })))
}
