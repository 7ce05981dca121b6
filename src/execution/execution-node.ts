import type { Logger } from 'pino'
import { Backoff } from '../node/backoff.js'
import { redactUrl } from '../observability/redact-url.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ExecutionClient, type RequestOptions } from './execution-client.js'
import {
	ExecutionError,
	ExecutionRequestError,
	ExecutionTimeoutError,
	ExecutionWrongChainError,
} from './execution-errors.js'

/** A node that answers is asked for its chain this often, because another may stand behind the same address. */
const RECHECK_MS = 10_000
/** Between attempts at a node that does not answer, or that is of a wrong chain. */
const RETRY = { minDelayMs: 250, maxDelayMs: 10_000 } as const
const PROBE_TIMEOUT_MS = 3_000

const QUANTITY = /^0x[0-9a-fA-F]{1,64}$/

/** `refused`: it is of a wrong chain. */
export type ExecutionNodeState = 'starting' | 'ready' | 'down' | 'refused'

/**
 * One execution node. It tells its chain by `eth_chainId`, and whether it can be asked is decided by that call alone:
 * after a call that failed it is made at once, and nothing is asked before it is answered.
 */
export class ExecutionNode {
	readonly url: string
	readonly #client: ExecutionClient
	readonly #log: Logger
	readonly #chains: readonly ChainId[]
	readonly #ending = new AbortController()
	readonly #backoff = new Backoff(RETRY)
	#state: ExecutionNodeState = 'starting'
	#reason = 'it was not asked yet'
	#chainId: ChainId | undefined
	/** While it is being asked for its chain. Never rejects. */
	#probing: Promise<void> | undefined
	#timer: NodeJS.Timeout | undefined

	/** @param chains of the cluster */
	constructor(
		options: { readonly address: string; readonly chains: readonly ChainId[] },
		modules: { readonly log: Logger },
	) {
		this.url = redactUrl(options.address)
		this.#chains = options.chains
		this.#client = new ExecutionClient({ address: options.address, url: this.url })
		this.#log = modules.log.child({ node: this.url })
		void this.probe()
	}

	get state(): ExecutionNodeState {
		return this.#state
	}

	/** Why it is not ready. */
	get reason(): string {
		return this.#reason
	}

	/** The chain that it told first; undefined until then. */
	get chainId(): ChainId | undefined {
		return this.#chainId
	}

	/** It is being asked for its chain, because that is not known or in doubt. */
	get probing(): Promise<void> | undefined {
		return this.#probing
	}

	/** One call. @throws ExecutionError, or the signal's reason */
	async request(method: string, params: readonly unknown[], options: RequestOptions): Promise<unknown> {
		try {
			return await this.#client.request(method, params, options)
		} catch (error) {
			if (error instanceof ExecutionRequestError || error instanceof ExecutionTimeoutError) void this.probe()
			throw error
		}
	}

	/** Asks for the chain now. Resolves when `state` tells the outcome. */
	probe(): Promise<void> {
		clearTimeout(this.#timer)
		this.#probing ??= this.#probe().finally(() => {
			this.#probing = undefined
			if (this.#ending.signal.aborted) return
			const delayMs = this.#state === 'ready' ? RECHECK_MS : this.#backoff.next()
			this.#timer = setTimeout(() => void this.probe(), delayMs)
		})
		return this.#probing
	}

	async close(): Promise<void> {
		this.#ending.abort(new Error('closed by Vigil'))
		clearTimeout(this.#timer)
		await this.#client.close()
		await this.#probing
	}

	async #probe(): Promise<void> {
		try {
			const options = { timeoutMs: PROBE_TIMEOUT_MS, signal: this.#ending.signal }
			this.#told(await this.#client.request('eth_chainId', [], options))
		} catch (error) {
			if (this.#ending.signal.aborted) return
			if (!(error instanceof ExecutionError)) throw error
			this.#is(error instanceof ExecutionWrongChainError ? 'refused' : 'down', error.message)
		}
	}

	/** @throws ExecutionRequestError, ExecutionWrongChainError */
	#told(value: unknown): void {
		if (typeof value !== 'string' || !QUANTITY.test(value))
			throw new ExecutionRequestError(this.url, 'eth_chainId', 'the answer is no quantity')
		const found = BigInt(value)
		const expected = this.#chainId === undefined ? this.#chains : [this.#chainId]
		const chainId = expected.find((one) => one === found)
		if (chainId === undefined) throw new ExecutionWrongChainError(this.url, found, expected)
		this.#chainId = chainId
		this.#backoff.reset()
		this.#is('ready', '')
	}

	#is(state: ExecutionNodeState, reason: string): void {
		const before = this.#state
		this.#state = state
		this.#reason = reason
		if (state === before) return
		const chain = this.#chainId?.toString()
		const fields = { ...(chain === undefined ? {} : { chain }), ...(reason === '' ? {} : { reason }) }
		if (state === 'ready') this.#log.info(fields, 'execution node can be asked')
		else if (state === 'down') this.#log.warn(fields, 'execution node does not answer; trying again')
		else this.#log.error(fields, 'execution node is of a wrong chain and is not used')
	}
}
