import type { Logger } from 'pino'
import type { CallOptions } from '../node/call-table.js'
import { NodeError } from '../node/errors.js'
import { type BlockSeal, formatBlock, type OutputV0 } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { OutputUnavailableError } from '../protocol/errors.js'

/** A node as outputs need it. */
export interface OutputNode {
	readonly url: string
	outputV0AtTimestamp(timestamp: number, options?: CallOptions): Promise<OutputV0>
	pendingOutputV0AtTimestamp(timestamp: number, options?: CallOptions): Promise<OutputV0>
}

/** `canonical`: of the block that stands. `pending`: of the block as first derived, of one that was replaced. */
export type OutputKind = 'canonical' | 'pending'

export interface NodeOutputsModules {
	readonly log: Logger
	/** The nodes of a chain that can be asked now. */
	readonly nodes: (chainId: ChainId) => Iterable<OutputNode>
}

/** A node that is slower is left for the next one. */
const CALL_TIMEOUT_MS = 3_000
/** All nodes together: less than clients wait for an answer. */
const DEADLINE_MS = 8_000
/** A new measurement counts for a quarter. */
const LATENCY_WEIGHT = 0.25
/** 300 bytes each; proposers ask for the newest blocks, challengers for a few days. */
const MAX_CACHED = 16_384

/**
 * Outputs of blocks, from the fastest node that has the block. An output belongs to its block hash for ever, so it is
 * asked for once.
 */
export class NodeOutputs {
	readonly #modules: NodeOutputsModules
	readonly #latencyMs = new WeakMap<OutputNode, number>()
	/** Known outputs and those on their way, the least recently used first. */
	readonly #outputs = new Map<string, Promise<OutputV0>>()

	constructor(modules: NodeOutputsModules) {
		this.#modules = modules
	}

	/** @throws OutputUnavailableError if no node gives the output of exactly this block in time */
	output(chainId: ChainId, block: BlockSeal, kind: OutputKind): Promise<OutputV0> {
		const key = `${chainId} ${kind} ${block.hash}`
		const output = this.#outputs.get(key) ?? this.#ask(chainId, block, kind)
		this.#outputs.delete(key)
		this.#outputs.set(key, output)
		if (this.#outputs.size > MAX_CACHED) this.#forgetOldest()
		output.catch(() => {
			if (this.#outputs.get(key) === output) this.#outputs.delete(key)
		})
		return output
	}

	async #ask(chainId: ChainId, block: BlockSeal, kind: OutputKind): Promise<OutputV0> {
		const what = `block ${formatBlock(block)} of chain ${chainId}`
		const deadline = performance.now() + DEADLINE_MS
		const nodes = [...this.#modules.nodes(chainId)].sort((a, b) => this.#latency(a) - this.#latency(b))
		let others = 0
		for (const node of nodes) {
			const leftMs = deadline - performance.now()
			if (leftMs <= 0) break
			const output = await this.#askOne(node, block, kind, Math.min(leftMs, CALL_TIMEOUT_MS))
			if (output?.blockHash === block.hash) return output
			if (output !== undefined) others++
		}
		throw new OutputUnavailableError(
			others > 0
				? `${what} is another one on ${others} of ${nodes.length} nodes, the others did not answer`
				: `${what}: none of ${nodes.length} nodes gave it`,
		)
	}

	async #askOne(
		node: OutputNode,
		{ timestamp }: BlockSeal,
		kind: OutputKind,
		timeoutMs: number,
	): Promise<OutputV0 | undefined> {
		const from = performance.now()
		try {
			const output =
				kind === 'pending'
					? await node.pendingOutputV0AtTimestamp(timestamp, { timeoutMs })
					: await node.outputV0AtTimestamp(timestamp, { timeoutMs })
			this.#measured(node, performance.now() - from)
			return output
		} catch (error) {
			if (!(error instanceof NodeError)) throw error
			this.#modules.log.debug({ node: node.url, reason: error.message }, 'the node gave no output')
			// As if it had taken all the time that it had, so that it is asked last.
			this.#measured(node, timeoutMs)
			return undefined
		}
	}

	#latency(node: OutputNode): number {
		return this.#latencyMs.get(node) ?? 0
	}

	#measured(node: OutputNode, ms: number): void {
		const before = this.#latencyMs.get(node)
		this.#latencyMs.set(node, before === undefined ? ms : before + (ms - before) * LATENCY_WEIGHT)
	}

	#forgetOldest(): void {
		const [oldest] = this.#outputs.keys()
		if (oldest !== undefined) this.#outputs.delete(oldest)
	}
}
