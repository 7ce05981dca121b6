import type { Hash } from '../protocol/hash.js'
import { encodeHexBytes } from '../protocol/hex-bytes.js'
import { parseRecord } from '../protocol/record.js'
import { encodeReceipt } from '../protocol/rlp-block.js'
import { UpstreamCallError } from './errors.js'
import { type Found, then } from './found.js'
import type { KeptObjects } from './kept-objects.js'
import { type BlockFacts, StoredBlock, StoredReceipts } from './stored-objects.js'
import type { Upstreams } from './upstreams.js'
import { checkBlock, checkReceipts } from './verify-block.js'

/** Transactions of the last some hundred blocks, by hash: 20 MB. */
const KNOWN_TRANSACTIONS = 100_000
/** How endpoints say that they have no such method (JSON-RPC; go-ethereum; proxies). */
const NO_METHOD = /not (?:exist|available|found|supported|whitelisted)|unsupported|unknown method/i

export interface L1ObjectsOptions {
	/** Take what endpoints say without proof. */
	readonly trustRpc: boolean
}

export interface L1ObjectsModules {
	readonly kept: KeptObjects
	readonly upstreams: Upstreams
}

/** Where a transaction is. */
export interface TransactionPlace {
	readonly number: number
	readonly hash: Hash
	readonly index: number
}

/**
 * Blocks and receipts by hash: out of the cache, or fetched once however many ask at the same moment, proven, and kept.
 * What is in the cache comes at once, the rest as a promise; undefined if no upstream has it. Promises reject like
 * `Upstreams.ask`.
 */
export class L1Objects {
	readonly #trustRpc: boolean
	readonly #modules: L1ObjectsModules
	readonly #kept: KeptObjects
	readonly #transactions = new Map<Hash, TransactionPlace[]>()

	constructor(options: L1ObjectsOptions, modules: L1ObjectsModules) {
		this.#trustRpc = options.trustRpc
		this.#modules = modules
		this.#kept = modules.kept
	}

	block(hash: Hash): Found<StoredBlock> {
		return then(
			this.#kept.get<undefined>('block', hash, () => this.#fetchBlock(hash)),
			(bytes) => new StoredBlock(bytes),
		)
	}

	/** Undefined also if there is no such block. */
	receipts(hash: Hash): Found<StoredReceipts> {
		return then(
			this.#kept.get<undefined>('receipts', hash, () => this.#fetchReceipts(hash)),
			(bytes) => new StoredReceipts(bytes),
		)
	}

	/** The receipts in their consensus encoding, as a JSON array of hex. */
	rawReceipts(hash: Hash): Found<Buffer> {
		return this.#kept.get<undefined>('raw receipts', hash, async () => {
			const receipts = await this.receipts(hash)
			if (receipts === undefined) return undefined
			const all = JSON.parse(receipts.text().toString()) as readonly unknown[]
			const encoded = all.map((one) => encodeHexBytes(encodeReceipt(parseRecord(one, 'receipt'))))
			return Buffer.from(JSON.stringify(encoded))
		})
	}

	/** Blocks known to hold a transaction: those that were fetched lately. After a reorg there may be several. */
	placesOf(transaction: Hash): readonly TransactionPlace[] {
		return this.#transactions.get(transaction) ?? []
	}

	async #fetchBlock(hash: Hash): Promise<Buffer | undefined> {
		const { upstreams } = this.#modules
		const block = await upstreams.ask('eth_getBlockByHash', [hash, true], (answer) =>
			checkBlock(answer, hash, !this.#trustRpc),
		)
		if (block === undefined) return undefined
		this.#learn(block)
		return StoredBlock.of(block).bytes
	}

	async #fetchReceipts(hash: Hash): Promise<Buffer | undefined> {
		const stored = await this.block(hash)
		if (stored === undefined) return undefined
		const block = stored.facts()
		this.#learn(block)
		const receipts = await this.#receiptsOf(block)
		return receipts === undefined ? undefined : StoredReceipts.of(receipts).bytes
	}

	async #receiptsOf(block: BlockFacts) {
		const { upstreams } = this.#modules
		const check = (answer: unknown) => checkReceipts(answer, block, !this.#trustRpc)
		try {
			return await upstreams.ask('eth_getBlockReceipts', [block.hash], check)
		} catch (error) {
			if (!(error instanceof UpstreamCallError) || !isNoMethod(error)) throw error
		}
		const all = await Promise.all(
			block.transactionHashes.map((hash) =>
				upstreams.ask('eth_getTransactionReceipt', [hash], (receipt) => receipt),
			),
		)
		return all.includes(undefined) ? undefined : check(all)
	}

	#learn({ number, hash, transactionHashes }: BlockFacts): void {
		transactionHashes.forEach((transaction, index) => {
			const places = this.#transactions.get(transaction) ?? []
			if (places.some((place) => place.hash === hash)) return
			this.#transactions.delete(transaction)
			this.#transactions.set(transaction, [...places, { number, hash, index }])
		})
		for (const oldest of this.#transactions.keys()) {
			if (this.#transactions.size <= KNOWN_TRANSACTIONS) return
			this.#transactions.delete(oldest)
		}
	}
}

function isNoMethod({ code, reason }: UpstreamCallError): boolean {
	return code === -32601 || (code !== undefined && NO_METHOD.test(reason))
}
