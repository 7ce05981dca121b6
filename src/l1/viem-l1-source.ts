import { BaseError, type Client, createClient, custom, fallback, type Transport } from 'viem'
import type { BlockRef } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'
import { type BatchEndpoint, BlockBatches } from './block-batches.js'
import { L1RequestError, L1ResponseError } from './l1-errors.js'
import { L1Http } from './l1-http.js'
import { L1Socket } from './l1-socket.js'
import type { L1Source } from './l1-source.js'
import { parseL1Header, parseQuantity } from './parse-l1-header.js'

/** Of each request. Below the L1 slot of 12 s, so that a dead endpoint costs less than a block. */
const TIMEOUT_MS = 5_000
/** 64 blocks of mainnet with 500 transaction hashes each are about 3 MB; this leaves room for larger ones. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** Public endpoints commonly allow 100 requests in a JSON-RPC batch. */
const BATCH_SIZE = 64
/** Requests in flight where batches are refused: few enough not to look like an attack to a rate limiter. */
const PARALLEL_SINGLES = 16
/** For how long batches are not tried again after an endpoint refused one and answered the same one by one. */
const BATCH_PAUSE_MS = 10 * 60_000
/** How endpoints say that there is no finalized block yet. */
const NO_LABEL = /finali[sz]ed|not found|unknown block|no block/i

export interface ViemL1SourceOptions {
	readonly urls: readonly string[]
	/** Of each request. */
	readonly timeoutMs?: number
}

/**
 * L1 through viem: `http(s)://` and `ws(s)://` URLs, tried in the given order for each request (viem's
 * `fallback`). viem's retries are off; the feed has its own schedule.
 */
export function viemL1Source(options: ViemL1SourceOptions): L1Source {
	return new ViemL1Source(options.urls, options.timeoutMs ?? TIMEOUT_MS)
}

class ViemL1Source implements L1Source {
	readonly #single: Client
	readonly #batches: BlockBatches
	readonly #sockets: L1Socket[] = []
	readonly #https: L1Http[] = []
	#batchesPausedUntil = 0
	readonly subscribe?: NonNullable<L1Source['subscribe']>

	constructor(urls: readonly string[], timeoutMs: number) {
		const single: Transport[] = []
		const batched: BatchEndpoint[] = []
		for (const url of urls) {
			if (/^wss?:/i.test(url)) {
				const socket = new L1Socket({ url, timeoutMs, maxFrameBytes: MAX_ANSWER_BYTES })
				const transport = custom(socket, { key: 'webSocket', name: 'WebSocket JSON-RPC', retryCount: 0 })
				this.#sockets.push(socket)
				single.push(transport)
				batched.push({ socket })
				continue
			}
			const http = new L1Http({ url, timeoutMs, maxBytes: MAX_ANSWER_BYTES })
			this.#https.push(http)
			single.push(custom(http, { key: 'http', name: 'HTTP JSON-RPC', retryCount: 0 }))
			batched.push({ http })
		}
		this.#single = createClient({ transport: fallback(single, { retryCount: 0 }) })
		this.#batches = new BlockBatches(batched)
		const pushing = this.#sockets[0]
		if (pushing !== undefined) {
			this.subscribe = (onHead, onEnd) => subscribeHeads(pushing, onHead, onEnd)
		}
	}

	async latest(): Promise<BlockRef> {
		return parseL1Header(await this.#getBlock('latest'), 'eth_getBlockByNumber')
	}

	async finalized(): Promise<BlockRef | undefined> {
		let block: unknown
		try {
			block = await this.#getBlock('finalized')
		} catch (error) {
			// A young chain has no such label, and says so with an error rather than with null.
			if (error instanceof L1RequestError && error.facts.code !== undefined && NO_LABEL.test(error.reason)) {
				return undefined
			}
			throw error
		}
		return block === null ? undefined : parseL1Header(block, 'eth_getBlockByNumber')
	}

	byNumber(number: number): Promise<BlockRef | undefined> {
		return this.#numbered(number)
	}

	async byNumbers(from: number, to: number): Promise<(BlockRef | undefined)[]> {
		const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
		if (numbers.length > 1 && performance.now() >= this.#batchesPausedUntil) {
			try {
				return await this.#batch(numbers)
			} catch (error) {
				if (!mayBeTheBatch(error)) throw error
				const blocks = await this.#oneByOne(numbers)
				this.#batchesPausedUntil = performance.now() + BATCH_PAUSE_MS
				return blocks
			}
		}
		return this.#oneByOne(numbers)
	}

	async byHash(hash: Hash): Promise<BlockRef | undefined> {
		const method = 'eth_getBlockByHash'
		const block: unknown = await ask(method, () => this.#single.request({ method, params: [hash, false] }))
		if (block === null) return undefined
		const header = parseL1Header(block, method)
		if (header.hash !== hash) throw new L1ResponseError(method, 'hash', hash, header.hash)
		return header
	}

	async chainId(): Promise<bigint> {
		const method = 'eth_chainId'
		return parseQuantity(await ask(method, () => this.#single.request({ method })), 'result', method)
	}

	close(): void {
		for (const endpoint of [...this.#sockets, ...this.#https]) endpoint.close()
	}

	async #batch(numbers: readonly number[]): Promise<(BlockRef | undefined)[]> {
		const parts: Promise<unknown[]>[] = []
		for (let from = 0; from < numbers.length; from += BATCH_SIZE) {
			const part = numbers.slice(from, from + BATCH_SIZE)
			parts.push(ask('eth_getBlockByNumber', () => this.#batches.blocks(part)))
		}
		const blocks = (await Promise.all(parts)).flat()
		return numbers.map((number, i) => numbered(blocks[i], number))
	}

	async #oneByOne(numbers: readonly number[]): Promise<(BlockRef | undefined)[]> {
		const blocks: (BlockRef | undefined)[] = []
		for (let start = 0; start < numbers.length; start += PARALLEL_SINGLES) {
			const part = numbers.slice(start, start + PARALLEL_SINGLES)
			blocks.push(...(await Promise.all(part.map((number) => this.#numbered(number)))))
		}
		return blocks
	}

	async #numbered(number: number): Promise<BlockRef | undefined> {
		return numbered(await this.#getBlock(`0x${number.toString(16)}`), number)
	}

	#getBlock(which: 'latest' | 'finalized' | `0x${string}`): Promise<unknown> {
		const method = 'eth_getBlockByNumber'
		return ask(method, () => this.#single.request({ method, params: [which, false] }))
	}
}

function numbered(block: unknown, number: number): BlockRef | undefined {
	if (block === null) return undefined
	const header = parseL1Header(block, 'eth_getBlockByNumber')
	if (header.number === number) return header
	throw new L1ResponseError('eth_getBlockByNumber', 'number', String(number), header.number)
}

function subscribeHeads(
	socket: L1Socket,
	onHead: (head: BlockRef) => void,
	onEnd: (reason: Error) => void,
): Promise<() => void> {
	const receive = (value: unknown) => {
		let head: BlockRef
		try {
			head = parseL1Header(value, 'newHeads')
		} catch {
			// A bad notification is as good as none: the watchdog poll reads the tip, and names what is wrong.
			return
		}
		onHead(head)
	}
	return ask('eth_subscribe', () =>
		socket.subscribe(receive, (reason) => onEnd(named('eth_subscribe', reason))),
	)
}

async function ask<T>(method: string, request: () => Promise<T>): Promise<T> {
	try {
		return await request()
	} catch (error) {
		throw named(method, error)
	}
}

/** viem's errors name the URL in their message, so their facts are taken over and they are not kept as cause. */
function named(method: string, error: unknown): L1RequestError | L1ResponseError {
	if (error instanceof L1ResponseError) return error
	if (!(error instanceof BaseError)) return new L1RequestError(method, textOf(error))
	const reason = error.details === '' ? error.shortMessage : `${error.shortMessage} ${error.details}`
	const status: unknown = Reflect.get(error, 'status')
	const code: unknown = Reflect.get(error, 'code')
	return new L1RequestError(method, reason, {
		...(typeof status === 'number' ? { status } : {}),
		...(typeof code === 'number' ? { code } : {}),
	})
}

function textOf(error: unknown): string {
	return error instanceof Error ? error.message : 'unknown reason'
}

/** Whether the same blocks asked for one by one may be answered: not if nobody answers at all. */
function mayBeTheBatch(error: unknown): boolean {
	return error instanceof L1ResponseError || (error instanceof L1RequestError && error.answered)
}
