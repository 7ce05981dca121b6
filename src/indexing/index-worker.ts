import { NodeCalls } from '../node/node-calls.js'
import { NodeClient } from '../node/node-client.js'
import { nodeMethods } from '../node/node-methods.js'
import { createLogger } from '../observability/log.js'
import type { BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import { type LogWriter, openLogWriter, packLogBlock } from '../storage/index.js'
import { BlockDecoder } from './block-decoder.js'
import { CallWindow } from './call-window.js'
import { EarlyChannel } from './early-channel.js'
import { giveWay } from './give-way.js'
import { type BlockSource, indexRange } from './index-range.js'
import type { IndexRequest, IndexResult, IndexTask, IndexWorkerData } from './index-task.js'

/**
 * Blocks whose answers are waited for at one time, per node connection: 16 keep a node next door busy, 512 hide 100 ms
 * at 5,000 blocks/s.
 */
const BLOCKS_IN_FLIGHT = { first: 64, least: 16, most: 512 }

/**
 * Answers in flight per node connection, in bytes: 300 ordinary blocks (104 KB), or a few huge ones. They are on the
 * way or in the node; here one is read at a time.
 */
const BYTES_IN_FLIGHT = 32 << 20

/** What an answer is taken to have before the first came. */
const EXPECTED_ANSWER_BYTES = 256 << 10

/** Blocks of a task at the tip: the node's last few, after a hiccup. */
const MOST_AT_TIP = 4

/** Records of 30,000 logs: a larger one takes longer to send than to store. */
const MOST_EARLY_BYTES = 1 << 20

/** A range that finds no connection soon is given back, so that main can choose another node. */
const CONNECT_TIMEOUT_MS = 2_000

interface Chain {
	readonly writer: LogWriter
	cancel: AbortController
	/** Resolves when the ranges so far have written what they will. */
	lastWrite: Promise<void>
}

interface Source {
	readonly client: NodeClient
	readonly blocks: BlockSource
	readonly window: CallWindow
}

/** The whole of an index worker but its thread: connections, log environments, and the order of writes. */
export class IndexWorker {
	readonly #data: IndexWorkerData
	/** Of each node, by its address. */
	readonly #jwtSecrets: Map<string, Uint8Array>
	readonly #sources = new Map<string, Source>()
	readonly #chains = new Map<ChainId, Chain>()
	readonly #running = new Set<Promise<unknown>>()
	readonly #log
	readonly #decoder: BlockDecoder
	readonly #early: EarlyChannel | undefined
	#closed = false

	constructor(data: IndexWorkerData) {
		this.#data = data
		this.#jwtSecrets = new Map(data.jwtSecrets)
		this.#log = createLogger(data.log)
		giveWay({ log: this.#log })
		this.#decoder = new BlockDecoder({ verifyBlooms: data.verifyBlooms }, { log: this.#log })
		this.#early = data.earlyChannel === undefined ? undefined : new EarlyChannel(data.earlyChannel)
	}

	async run(request: IndexRequest): Promise<IndexResult | undefined> {
		switch (request.kind) {
			case 'index': {
				const running = this.#index(request.task)
				this.#running.add(running)
				return running.finally(() => this.#running.delete(running))
			}
			case 'cancel':
				this.#cancel(request.chainId)
				return undefined
			case 'node':
				this.#jwtSecrets.set(request.address, request.jwtSecret)
				return undefined
			case 'close':
				await this.#close()
				return undefined
		}
	}

	async #index(task: IndexTask): Promise<IndexResult> {
		if (this.#closed) throw new Error('the index worker is closed')
		const chain = this.#chain(task.chainId)
		const { blocks, window } = this.#source(task.nodeAddress)
		const myTurn = chain.lastWrite
		const early = isAtTip(task) ? this.#early : undefined
		const result = indexRange(task, {
			source: blocks,
			writer: {
				pack: (ref, logs) => {
					const packed = packLogBlock({ ref, logs })
					if (packed.record.length <= MOST_EARLY_BYTES)
						early?.post({ chainId: task.chainId, ref, record: new Uint8Array(packed.record) })
					return packed
				},
				write: (blocks) => chain.writer.writeBatch(blocks),
			},
			decode: (answer, block) => this.#decoder.decode(answer, block, task.chainId),
			window,
			myTurn,
			signal: chain.cancel.signal,
		})
		chain.lastWrite = result.then(() => {})
		return result
	}

	#chain(chainId: ChainId): Chain {
		let chain = this.#chains.get(chainId)
		if (chain === undefined) {
			const { directory, mapSizeBytes } = this.#data
			const writer = openLogWriter({
				directory,
				chainId,
				...(mapSizeBytes === undefined ? {} : { mapSizeBytes }),
			})
			chain = { writer, cancel: new AbortController(), lastWrite: Promise.resolve() }
			this.#chains.set(chainId, chain)
		}
		return chain
	}

	#source(address: string): Source {
		let source = this.#sources.get(address)
		if (source === undefined) {
			const jwtSecret = this.#jwtSecrets.get(address)
			if (jwtSecret === undefined)
				throw new Error('the index worker was not given the JWT secret of this node')
			const client = new NodeClient({ url: address, jwtSecret, hasLargeAnswers: true }, { log: this.#log })
			client.start()
			const window = new CallWindow({
				calls: BLOCKS_IN_FLIGHT,
				maxBytes: BYTES_IN_FLIGHT,
				expectedBytes: EXPECTED_ANSWER_BYTES,
			})
			source = { client, blocks: blockSource(client), window }
			this.#sources.set(address, source)
		}
		return source
	}

	#cancel(chainId: ChainId): void {
		const chain = this.#chains.get(chainId)
		if (chain === undefined) return
		chain.cancel.abort()
		chain.cancel = new AbortController()
	}

	async #close(): Promise<void> {
		this.#closed = true
		for (const chainId of this.#chains.keys()) this.#cancel(chainId)
		await Promise.all([...this.#sources.values()].map((source) => source.client.close()))
		await Promise.allSettled(this.#running)
		this.#early?.close()
		await Promise.all([...this.#chains.values()].map((chain) => chain.writer.close()))
	}
}

/** A few blocks, and a node has told of each of them: nobody waits for a range of a sync as for these. */
function isAtTip({ from, to, announced }: IndexTask): boolean {
	const count = to - from + 1
	return count <= MOST_AT_TIP && announced.length === count
}

function blockSource(client: NodeClient): BlockSource {
	const calls = new NodeCalls({ client })
	const connected = (signal: AbortSignal) =>
		client.connected ? undefined : client.whenConnected({ signal, timeoutMs: CONNECT_TIMEOUT_MS })
	return {
		async refByNumber(number: number, signal: AbortSignal): Promise<BlockRef> {
			await connected(signal)
			return calls.call(nodeMethods.l2BlockRefByNumber, [number], { signal })
		},
		async receipts<T>(hash: Hash, read: (answer: Buffer) => T, signal: AbortSignal): Promise<T> {
			await connected(signal)
			return calls.callRaw(nodeMethods.fetchReceipts, [hash], read, { signal })
		},
	}
}
