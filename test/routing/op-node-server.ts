import type { BlockId } from '../../src/protocol/block.js'
import type { JsonRecord } from '../../src/protocol/record.js'
import { provePayload, type UnsafePayload } from '../../src/routing/unsafe-payload.js'
import { ExecutionServer, type ReceivedCall, result, rpcError } from '../execution/execution-server.js'

/**
 * The ordinary RPC of an op-node over a real socket. It treats unsafe payloads as op-node does (engine_controller.go,
 * payloads_queue.go): one that is not above its unsafe head, or follows it without building on it, is dropped; one that
 * is further ahead waits in a queue.
 */
export class OpNodeServer {
	readonly server: ExecutionServer
	/** Numbers of the payloads in the order in which they came. */
	readonly posted: number[] = []
	head: BlockId
	chainId: number
	/** Answers in place of the node, if it wants to. */
	intercept: ((call: ReceivedCall) => ReturnType<typeof result> | undefined) | undefined
	#queue: UnsafePayload[] = []

	constructor(chainId: number, head: BlockId) {
		this.chainId = chainId
		this.head = head
		this.server = new ExecutionServer(chainId, (call, response) => {
			const answer = this.intercept?.(call) ?? this.#answer(call)
			answer(call, response)
		})
	}

	get url(): string {
		return this.server.url
	}

	/** What was queued is lost, the chain is kept. */
	async restart(): Promise<void> {
		await this.server.stop()
		this.#queue = []
		await this.server.listen()
	}

	#answer({ method, params }: ReceivedCall) {
		if (method === 'optimism_rollupConfig') return result({ l2_chain_id: this.chainId })
		if (method === 'optimism_syncStatus') return result({ unsafe_l2: this.head })
		if (method !== 'admin_postUnsafePayload') return rpcError(-32601, `the method ${method} does not exist`)
		try {
			this.#take(provePayload(params[0] as JsonRecord))
			return result(null)
		} catch (error) {
			return rpcError(-32000, String(error))
		}
	}

	#take(payload: UnsafePayload): void {
		this.posted.push(payload.block.number)
		this.#queue.push(payload)
		this.#queue.sort((a, b) => a.block.number - b.block.number)
		for (;;) {
			const next = this.#queue[0]?.block
			if (next === undefined || next.number > this.head.number + 1) return
			this.#queue.shift()
			if (next.number === this.head.number + 1 && next.parentHash === this.head.hash)
				this.head = { number: next.number, hash: next.hash }
		}
	}
}
