import { Counter, Gauge, Registry } from 'prom-client'

/** A managed node as metrics show it. */
export interface NodeState {
	/** Decimal; empty until the node has told it. */
	readonly chain: string
	/** Without credentials. */
	readonly url: string
	readonly isReady: boolean
	readonly isResetting: boolean
	/** Resets that were started. */
	readonly resets: number
	/** Resets that the node refused, by reason. */
	readonly refusedResets: ReadonlyMap<string, number>
}

/** A chain as metrics show it. */
export interface ChainState {
	readonly chain: string
	readonly isStopped: boolean
	readonly isDisputed: boolean
	/** Block numbers by level; a level that is not known is left out. */
	readonly heads: Readonly<Record<string, number>>
}

export interface ClusterStates {
	nodes(): readonly NodeState[]
	chains(): readonly ChainState[]
	/** L1 contradicts what is stored. */
	readonly isL1Held: boolean
}

/** The metrics of a cluster, read from its state whenever they are asked for. */
export function clusterMetrics(states: ClusterStates): Registry {
	const registry = new Registry()
	const registers = [registry]
	new Gauge({
		name: 'vigil_head_block_number',
		help: 'Newest block of a chain, by level',
		labelNames: ['chain', 'level'],
		registers,
		collect() {
			this.reset()
			for (const { chain, heads } of states.chains()) {
				for (const [level, number] of Object.entries(heads)) this.set({ chain, level }, number)
			}
		},
	})
	chainGauge('vigil_chain_stopped', 'Whether the chain waits for an operator', ({ isStopped }) => isStopped)
	chainGauge(
		'vigil_chain_disputed',
		'Whether the nodes of the chain disagree on a local-safe block, so that it is not promoted',
		({ isDisputed }) => isDisputed,
	)
	nodeGauge(
		'vigil_node_ready',
		'Whether the node is connected and tells its events',
		({ isReady }) => isReady,
	)
	nodeGauge(
		'vigil_node_resetting',
		'Whether a reset of the node is under way',
		({ isResetting }) => isResetting,
	)
	new Gauge({
		name: 'vigil_l1_held',
		help: 'Whether no L1 block is given to nodes, because L1 contradicts what is stored',
		registers,
		collect() {
			this.set(states.isL1Held ? 1 : 0)
		},
	})
	new Counter({
		name: 'vigil_node_resets_total',
		help: 'Resets of the node that were started',
		labelNames: ['chain', 'node'],
		registers,
		collect() {
			this.reset()
			for (const { chain, url: node, resets } of states.nodes()) this.inc({ chain, node }, resets)
		},
	})
	new Counter({
		name: 'vigil_node_resets_refused_total',
		help: 'Resets that the node refused, by reason',
		labelNames: ['chain', 'node', 'reason'],
		registers,
		collect() {
			this.reset()
			for (const { chain, url: node, refusedResets } of states.nodes()) {
				for (const [reason, count] of refusedResets) this.inc({ chain, node, reason }, count)
			}
		},
	})
	return registry

	function chainGauge(name: string, help: string, read: (state: ChainState) => boolean): void {
		new Gauge({
			name,
			help,
			labelNames: ['chain'],
			registers,
			collect() {
				this.reset()
				for (const state of states.chains()) this.set({ chain: state.chain }, read(state) ? 1 : 0)
			},
		})
	}

	function nodeGauge(name: string, help: string, read: (state: NodeState) => boolean): void {
		new Gauge({
			name,
			help,
			labelNames: ['chain', 'node'],
			registers,
			collect() {
				this.reset()
				for (const state of states.nodes()) {
					this.set({ chain: state.chain, node: state.url }, read(state) ? 1 : 0)
				}
			},
		})
	}
}
