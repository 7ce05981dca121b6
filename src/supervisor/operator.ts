import type { Logger } from 'pino'
import type { SupervisorControl } from '../api/supervisor-control.js'
import type { IndexPool } from '../indexing/index-pool.js'
import { redactUrl } from '../observability/redact-url.js'
import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import type { Store } from '../storage/index.js'
import { type RewindModules, rewindChain } from './rewind.js'

/** A managed node by its address. @see SupervisorOptions */
export interface NodeAddress {
	readonly url: string
	readonly jwtSecret: Uint8Array
}

export interface OperatorModules extends Omit<RewindModules, 'store'> {
	readonly log: Logger
	readonly store: Store
	readonly pool: IndexPool
	/** Connects to a node and supervises through it. Returns how to leave it. @throws TypeError for a URL that is none */
	readonly join: (node: NodeAddress) => () => Promise<void>
}

/** What an operator does to a running supervisor, over `admin_`. */
export class Operator implements SupervisorControl {
	readonly #modules: OperatorModules
	readonly #nodes: NodeAddress[]
	/** Of the nodes that are joined. */
	#leave: (() => Promise<void>)[] = []
	/** One thing at a time. */
	#last: Promise<unknown> = Promise.resolve()
	#isStopped = true

	constructor(nodes: readonly NodeAddress[], modules: OperatorModules) {
		this.#nodes = [...nodes]
		this.#modules = modules
	}

	addL2Rpc(url: string, jwtSecret: Uint8Array): Promise<void> {
		return this.#next(async () => {
			const { log, pool } = this.#modules
			const known = this.#nodes.some((node) => node.url === url)
			if (known) throw new MalformedValueError('url', 'a node that is not supervised yet', redactUrl(url))
			const node = { url, jwtSecret }
			await pool.addNode(url, jwtSecret)
			if (!this.#isStopped) this.#join(node)
			this.#nodes.push(node)
			log.info({ node: redactUrl(url) }, 'an operator has added a node')
		})
	}

	rewind(chainId: ChainId, to: BlockId): Promise<void> {
		return this.#next(() => rewindChain(this.#modules, chainId, to))
	}

	setFailsafe(on: boolean): Promise<void> {
		return this.#next(async () => {
			const { log, store } = this.#modules
			await store.setFailsafe(on)
			await store.flushed()
			log.warn({ failsafe: on }, 'an operator has set failsafe')
		})
	}

	start(): Promise<void> {
		return this.#next(async () => {
			if (!this.#isStopped) return
			this.#isStopped = false
			for (const node of this.#nodes) this.#join(node)
		})
	}

	stop(): Promise<void> {
		return this.#next(async () => {
			if (this.#isStopped) return
			this.#isStopped = true
			const leave = this.#leave
			this.#leave = []
			await Promise.all(leave.map((one) => one()))
			this.#modules.log.warn('an operator has stopped the supervision: all nodes are left alone')
		})
	}

	#join(node: NodeAddress): void {
		try {
			this.#leave.push(this.#modules.join(node))
		} catch (error) {
			if (!(error instanceof TypeError)) throw error
			throw new MalformedValueError('url', 'the address of a node', redactUrl(node.url))
		}
	}

	#next(action: () => Promise<void>): Promise<void> {
		const next = this.#last.then(action)
		// Whoever asked for it hears of the failure; it is none of those that come after.
		this.#last = next.catch(() => {})
		return next
	}
}
