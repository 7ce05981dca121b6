import { ExecutionClient } from '../execution/execution-client.js'
import { redactUrl } from '../observability/redact-url.js'
import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import { parseBlockId } from '../protocol/parse-block.js'
import { isRecord, parseRecord } from '../protocol/record.js'
import { FollowerAnswerError, FollowerWrongChainError } from './routing-errors.js'
import type { UnsafePayload } from './unsafe-payload.js'

const TIMEOUT_MS = 5_000
/** A node inserts a payload when it has the time, but answers at once. */
const POST_TIMEOUT_MS = 10_000

/** The ordinary RPC of an op-node, with `--rpc.enable-admin`. */
export class FollowerNode {
	/** Without credentials. */
	readonly url: string
	readonly #client: ExecutionClient

	constructor(address: string) {
		this.url = redactUrl(address)
		this.#client = new ExecutionClient({ address, url: this.url })
	}

	/**
	 * The chain of the node, which must be one of `expected`.
	 * @throws FollowerWrongChainError, FollowerAnswerError, ExecutionError, or the signal's reason
	 */
	async chainId(expected: readonly ChainId[], signal: AbortSignal): Promise<ChainId> {
		const config = await this.#client.request('optimism_rollupConfig', [], { timeoutMs: TIMEOUT_MS, signal })
		const id = isRecord(config) ? config.l2_chain_id : undefined
		if (typeof id !== 'number' || !Number.isSafeInteger(id))
			throw new FollowerAnswerError(this.url, 'optimism_rollupConfig', 'there is no l2_chain_id')
		const found = expected.find((chainId) => chainId === BigInt(id))
		if (found === undefined) throw new FollowerWrongChainError(this.url, BigInt(id), expected)
		return found
	}

	/** The newest block that it has. @throws FollowerAnswerError, ExecutionError, or the signal's reason */
	async unsafeHead(signal: AbortSignal): Promise<BlockId> {
		const method = 'optimism_syncStatus'
		const status = await this.#client.request(method, [], { timeoutMs: TIMEOUT_MS, signal })
		try {
			return parseBlockId(parseRecord(status, 'status').unsafe_l2, 'unsafe_l2')
		} catch (error) {
			if (error instanceof MalformedValueError) throw new FollowerAnswerError(this.url, method, error.message)
			throw error
		}
	}

	/** Gives it a payload, which it queues until its parent is there. @throws ExecutionError, or the signal's reason */
	async post({ envelope }: UnsafePayload, signal: AbortSignal): Promise<void> {
		await this.#client.request('admin_postUnsafePayload', [envelope], { timeoutMs: POST_TIMEOUT_MS, signal })
	}

	close(): Promise<void> {
		return this.#client.close()
	}
}
