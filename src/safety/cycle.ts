/** A log of a block of the closure. */
export interface LogPlace<Key> {
	readonly block: Key
	readonly logIndex: number
}

/** Log `executing` executes the message in log `initiating`, both of the same time. */
export interface Execute<Key> {
	readonly initiating: LogPlace<Key>
	readonly executing: LogPlace<Key>
}

/**
 * The blocks that have a log on a directed cycle (rules, section 6.2). Logs are nodes; each log leads to the next
 * log of its block, and an initiating log to the log that executes it. Logs that no message touches lie on no cycle
 * of their own and are left out, so the work is linear in the number of messages, whatever the blocks hold.
 */
export function blocksInCycles<Key>(messages: readonly Execute<Key>[]): Set<Key> {
	const graph = new LogGraph(messages)
	const cyclic = new Set<Key>()
	for (const component of graph.components()) {
		const [only] = component
		if (component.length === 1 && only !== undefined && !graph.hasEdge(only, only)) continue
		for (const node of component) {
			const block = graph.blockOf(node)
			if (block !== undefined) cyclic.add(block)
		}
	}
	return cyclic
}

class LogGraph<Key> {
	readonly #blocks: Key[] = []
	readonly #edges: number[][] = []

	constructor(messages: readonly Execute<Key>[]) {
		const nodes = new Map<Key, Map<number, number>>()
		const node = ({ block, logIndex }: LogPlace<Key>): number => {
			const logs = getOrMake(nodes, block, () => new Map<number, number>())
			return getOrMake(logs, logIndex, () => {
				this.#edges.push([])
				return this.#blocks.push(block) - 1
			})
		}
		for (const { initiating, executing } of messages) this.#edges[node(initiating)]?.push(node(executing))
		for (const logs of nodes.values()) {
			const inOrder = [...logs].sort(([a], [b]) => a - b)
			for (let i = 1; i < inOrder.length; i++) {
				const [from, to] = [inOrder[i - 1], inOrder[i]]
				if (from !== undefined && to !== undefined) this.#edges[from[1]]?.push(to[1])
			}
		}
	}

	blockOf(node: number): Key | undefined {
		return this.#blocks[node]
	}

	hasEdge(from: number, to: number): boolean {
		return this.#edges[from]?.includes(to) ?? false
	}

	/**
	 * Strongly connected components (Tarjan), with a stack of its own: a chain of thousands of messages must not
	 * exhaust the engine's.
	 */
	*components(): Generator<number[]> {
		const count = this.#edges.length
		const order = new Int32Array(count).fill(-1)
		const low = new Int32Array(count)
		const isOpen = new Uint8Array(count)
		const open: number[] = []
		let visited = 0
		for (let root = 0; root < count; root++) {
			if (order[root] !== -1) continue
			const path = [{ node: root, next: 0 }]
			while (path.length > 0) {
				const step = path[path.length - 1]
				if (step === undefined) break
				const { node } = step
				if (step.next === 0) {
					order[node] = visited
					low[node] = visited++
					open.push(node)
					isOpen[node] = 1
				}
				const target = this.#edges[node]?.[step.next++]
				if (target !== undefined) {
					if (order[target] === -1) path.push({ node: target, next: 0 })
					else if (isOpen[target] === 1) low[node] = Math.min(low[node] ?? 0, order[target] ?? 0)
					continue
				}
				path.pop()
				const parent = path[path.length - 1]
				if (parent !== undefined) low[parent.node] = Math.min(low[parent.node] ?? 0, low[node] ?? 0)
				if (low[node] !== order[node]) continue
				// From the end, where the component is: from the front it would be quadratic.
				const component = open.splice(open.lastIndexOf(node))
				for (const member of component) isOpen[member] = 0
				yield component
			}
		}
	}
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
	const found = map.get(key)
	if (found !== undefined) return found
	const made = make()
	map.set(key, made)
	return made
}
