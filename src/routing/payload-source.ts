import type { ExecutionNodes } from '../execution/execution-nodes.js'
import { Flights } from '../node/flights.js'
import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import type { Hash } from '../protocol/hash.js'
import { isRecord } from '../protocol/record.js'
import { WrongPayloadError } from './routing-errors.js'
import { payloadOfBlock, type UnsafePayload } from './unsafe-payload.js'

/** Payloads that others posted and those just fetched, of all chains; the oldest go first. */
const MAX_KEPT = 256
const MAX_KEPT_CHARACTERS = 64 * 1024 * 1024

/** Where payloads come from: what was posted to Vigil, or else an execution node of the chain. */
export class PayloadSource {
	readonly #execution: Pick<ExecutionNodes, 'call'>
	readonly #kept = new Map<Hash, { readonly payload: UnsafePayload; readonly characters: number }>()
	readonly #fetching = new Flights<Hash, UnsafePayload>()
	#characters = 0

	constructor(modules: { readonly execution: Pick<ExecutionNodes, 'call'> }) {
		this.#execution = modules.execution
	}

	keep(payload: UnsafePayload): void {
		const { hash } = payload.block
		if (this.#kept.has(hash)) return
		const characters = JSON.stringify(payload.envelope).length
		this.#kept.set(hash, { payload, characters })
		this.#characters += characters
		for (const [oldest, { characters: size }] of this.#kept) {
			if (this.#kept.size <= MAX_KEPT && this.#characters <= MAX_KEPT_CHARACTERS) return
			this.#kept.delete(oldest)
			this.#characters -= size
		}
	}

	/**
	 * The payload of a block, proven by its hash; asked for once, however many nodes lack it.
	 * @throws ExecutionError, NoExecutionNodeError, or the signal's reason
	 */
	async get(chainId: ChainId, block: BlockId, signal: AbortSignal): Promise<UnsafePayload> {
		const kept = this.#kept.get(block.hash)
		if (kept !== undefined) return kept.payload
		return this.#fetching.once(block.hash, () => this.#fetch(chainId, block, signal))
	}

	async #fetch(chainId: ChainId, { hash }: BlockId, signal: AbortSignal): Promise<UnsafePayload> {
		let payload: UnsafePayload | undefined
		const fault = (result: unknown) => {
			if (!isRecord(result)) return 'no block'
			if (result.hash !== hash) return 'another block'
			try {
				payload = payloadOfBlock(result)
			} catch (error) {
				if (error instanceof WrongPayloadError || error instanceof MalformedValueError) return error.message
				throw error
			}
			return undefined
		}
		await this.#execution.call(chainId, 'eth_getBlockByHash', [hash, true], { fault, signal })
		if (payload === undefined) throw new WrongPayloadError(hash, 'no execution node gave it')
		this.keep(payload)
		return payload
	}
}
