import type { Logger } from 'pino'
import type { CallOptions } from '../node/call-table.js'
import { NodeError } from '../node/errors.js'
import { NodeCalls } from '../node/node-calls.js'
import { NodeClient } from '../node/node-client.js'
import { nodeMethods } from '../node/node-methods.js'
import type { OutputV0 } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { OutputNode } from './node-outputs.js'
import type { NodeAddress } from './operator.js'

/**
 * A node that is asked for outputs and nothing else. It is never subscribed to, because that would end the
 * subscription of the process that supervises.
 */
export class OutputClient implements OutputNode {
	readonly #client: NodeClient
	readonly #calls: NodeCalls
	#chainId: ChainId | undefined

	constructor(node: NodeAddress, modules: { readonly log: Logger }) {
		this.#client = new NodeClient(node, modules)
		this.#calls = new NodeCalls({ client: this.#client })
		this.#client.on('connected', () => void this.#greet(modules.log))
		this.#client.start()
	}

	get url(): string {
		return this.#client.url
	}

	/** Undefined while the node cannot be asked. */
	get chainId(): ChainId | undefined {
		return this.#client.connected ? this.#chainId : undefined
	}

	outputV0AtTimestamp(timestamp: number, options?: CallOptions): Promise<OutputV0> {
		return this.#calls.call(nodeMethods.outputV0AtTimestamp, [timestamp], options)
	}

	pendingOutputV0AtTimestamp(timestamp: number, options?: CallOptions): Promise<OutputV0> {
		return this.#calls.call(nodeMethods.pendingOutputV0AtTimestamp, [timestamp], options)
	}

	close(): Promise<void> {
		return this.#client.close()
	}

	async #greet(log: Logger): Promise<void> {
		try {
			this.#chainId = await this.#calls.call(nodeMethods.chainId, [])
		} catch (error) {
			if (!(error instanceof NodeError)) throw error
			log.warn({ node: this.url, reason: error.message }, 'the node does not tell its chain')
		}
	}
}
