import type { Logger } from 'pino'
import type { ChainId } from '../protocol/chain-id.js'
import {
	ExecutionError,
	ExecutionResponseError,
	ExecutionRpcError,
	NoExecutionNodeError,
} from './execution-errors.js'
import { ExecutionNode } from './execution-node.js'

/** A node that is slower is left for the next one. */
const ATTEMPT_TIMEOUT_MS = 5_000
/** All nodes of a chain together. */
const DEADLINE_MS = 10_000

/** Codes that every node of the chain would answer with: the call reverted, or is none. */
const FINAL_CODES: ReadonlySet<number> = new Set([3, -32600, -32602])

export interface ExecutionCallOptions {
	/** All nodes together; 10 s without it. */
	readonly timeoutMs?: number | undefined
	readonly signal?: AbortSignal | undefined
	/** A larger answer is an error: 16 MB at most, and without it. */
	readonly maxAnswerBytes?: number | undefined
	/** What is wrong with a result, as words after "answered with"; the next node is asked then. */
	readonly fault?: ((result: unknown) => string | undefined) | undefined
}

/** How one call to one node ended, for metrics. */
export interface ExecutionCallReport {
	readonly chainId: ChainId
	readonly method: string
	/** `ok`, `aborted`, or the name of the error. */
	readonly outcome: string
	readonly ms: number
}

export interface ExecutionNodesModules {
	readonly log: Logger
	readonly onCall?: (report: ExecutionCallReport) => void
}

/**
 * The execution nodes of all chains, for `eth_` reads. A node tells its chain itself; the nodes of a chain are asked
 * in the order in which they were named, the next one where one fails.
 *
 * @example
 * const nodes = new ExecutionNodes({ addresses: ['http://geth-901:8545'], chains: cluster.chains }, { log })
 * const balance = await nodes.call(chainId, 'eth_getBalance', [address, 'latest'])
 * await nodes.close()
 */
export class ExecutionNodes {
	readonly #nodes: readonly ExecutionNode[]
	readonly #modules: ExecutionNodesModules

	/** @param options.chains those of the cluster: a node of another one is never used */
	constructor(
		options: { readonly addresses: readonly string[]; readonly chains: readonly ChainId[] },
		modules: ExecutionNodesModules,
	) {
		const { addresses, chains } = options
		this.#modules = modules
		this.#nodes = addresses.map((address) => new ExecutionNode({ address, chains }, modules))
	}

	/** Every node and how it is, in the order in which they were named. */
	get nodes(): readonly Pick<ExecutionNode, 'url' | 'chainId' | 'state' | 'reason'>[] {
		return this.#nodes
	}

	/** How many nodes of a chain can be asked now. */
	ready(chainId: ChainId): number {
		return this.#nodes.filter((node) => node.chainId === chainId && node.state === 'ready').length
	}

	/**
	 * The result of an `eth_` call of a chain, as the node gave it.
	 * @throws NoExecutionNodeError if no node of the chain can be asked; ExecutionRpcError with the node's own words if
	 * that is what the nodes say; another ExecutionError if none answers as it should; or the signal's reason
	 */
	async call(
		chainId: ChainId,
		method: string,
		params: readonly unknown[],
		options: ExecutionCallOptions = {},
	): Promise<unknown> {
		const { timeoutMs = DEADLINE_MS, signal } = options
		const deadline = performance.now() + timeoutMs
		const failures: ExecutionError[] = []
		for await (const node of this.#candidates(chainId)) {
			signal?.throwIfAborted()
			const leftMs = Math.min(deadline - performance.now(), ATTEMPT_TIMEOUT_MS)
			if (leftMs <= 0) break
			try {
				return await this.#ask(node, chainId, method, params, { ...options, timeoutMs: leftMs })
			} catch (error) {
				if (!(error instanceof ExecutionError)) throw error
				failures.push(error)
				if (error instanceof ExecutionRpcError && FINAL_CODES.has(error.code)) break
			}
		}
		throw worthTelling(failures) ?? new NoExecutionNodeError(chainId, this.#whyNone(chainId))
	}

	/** Ends what is under way. */
	async close(): Promise<void> {
		await Promise.all(this.#nodes.map((node) => node.close()))
	}

	/** Nodes that are ready first; then those of which it is not known, once it is. */
	async *#candidates(chainId: ChainId): AsyncGenerator<ExecutionNode> {
		const isReady = (node: ExecutionNode) => node.state === 'ready' && node.chainId === chainId
		const doubtful = this.#nodes.filter(
			({ probing, chainId: told }) => probing !== undefined && (told ?? chainId) === chainId,
		)
		for (const node of this.#nodes) if (isReady(node) && !doubtful.includes(node)) yield node
		for (const node of doubtful) {
			await node.probing
			if (isReady(node)) yield node
		}
	}

	async #ask(
		node: ExecutionNode,
		chainId: ChainId,
		method: string,
		params: readonly unknown[],
		options: ExecutionCallOptions & { readonly timeoutMs: number },
	): Promise<unknown> {
		const from = performance.now()
		let outcome = 'aborted'
		try {
			const result = await node.request(method, params, options)
			const fault = options.fault?.(result)
			if (fault !== undefined) throw new ExecutionResponseError(node.url, method, fault)
			outcome = 'ok'
			return result
		} catch (error) {
			if (error instanceof ExecutionError) outcome = error.name
			throw error
		} finally {
			this.#modules.onCall?.({ chainId, method, outcome, ms: performance.now() - from })
		}
	}

	#whyNone(chainId: ChainId): string {
		const own = this.#nodes.filter((node) => (node.chainId ?? chainId) === chainId)
		if (own.length === 0) return 'none is named in --l2-execution.nodes'
		return own.map(({ url, reason }) => reason || `${url} was not asked in time`).join('; ')
	}
}

/** What a node says of the call tells more than that another one is not there. */
function worthTelling(failures: readonly ExecutionError[]): ExecutionError | undefined {
	return (
		failures.find((failure) => failure instanceof ExecutionRpcError) ??
		failures.find((failure) => failure instanceof ExecutionResponseError) ??
		failures.at(-1)
	)
}
