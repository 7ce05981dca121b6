import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import type { ExecutingLog } from '../../src/protocol/executing-message.js'
import { LinkCheck } from '../../src/safety/link-check.js'
import type { SafetyRules } from '../../src/safety/rules.js'
import {
	type EarlyBlock,
	openLogWriter,
	openStore,
	type PackedLogBlock,
	packLogBlock,
	type Store,
} from '../../src/storage/index.js'
import { chainOf, identity, logHash, sealedOf, silent } from '../storage/sample-chain.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'

export const [A, B, C] = [901n as ChainId, 902n as ChainId, 903n as ChainId]
const CHAINS = [A, B, C]
const LOGS = 3
const L1 = chainOf('l1', 4)

export interface SmallMessage {
	readonly chainId: ChainId
	readonly block: number
	/** By default 0; a block has three. */
	readonly log?: number
}

/** A real store of three chains with a genesis each, to which a test adds blocks. */
export class SmallCluster {
	readonly rules: SafetyRules
	readonly #blocks = new Map<ChainId, BlockRef[]>()

	private constructor(
		readonly directory: string,
		readonly store: Store,
	) {
		const schedule = { blockTime: 2, interopTime: 0 }
		const chains = new Map(CHAINS.map((chainId) => [chainId, schedule]))
		this.rules = { link: new LinkCheck({ chains, messageExpiryWindow: 3_600 }) }
	}

	static async open(directory = temporaryDirectory()): Promise<SmallCluster> {
		const chains = CHAINS.map((chainId) => identity(chainId))
		const store = await openStore({ directory, chains }, { log: silent })
		afterTest(() => store.close())
		const cluster = new SmallCluster(directory, store)
		for (const chainId of CHAINS) {
			const genesis = cluster.block(chainId, 0)
			await store.startChain(chainId, genesis)
			await store.appendLinks(chainId, { links: [link(0, genesis), link(1, genesis)] })
		}
		return cluster
	}

	block(chainId: ChainId, number: number): BlockRef {
		const known = this.#blocks.get(chainId)
		const blocks = known !== undefined && known.length > number ? known : chainOf(chainId, number + 50)
		this.#blocks.set(chainId, blocks)
		const block = blocks[number]
		if (block === undefined) throw new Error(`no block ${number}`)
		return block
	}

	/** A block as an index thread has it before it is written. */
	early(chainId: ChainId, number: number, messages: readonly SmallMessage[] = []): EarlyBlock {
		const ref = this.block(chainId, number)
		return { ref, record: this.#pack(ref, messages).record }
	}

	/** Adds the blocks up to `last` to the log index; the last one executes messages. */
	async seal(chainId: ChainId, last: number, messages: readonly SmallMessage[] = []): Promise<void> {
		const from = (this.store.read((view) => view.localUnsafe(chainId))?.number ?? 0) + 1
		const blocks = Array.from({ length: last - from + 1 }, (_, i) => this.block(chainId, from + i))
		const writer = openLogWriter({ directory: this.directory, chainId })
		await writer.writeBatch(blocks.map((ref) => this.#pack(ref, ref.number === last ? messages : [])))
		await writer.close()
		await this.store.seal(
			chainId,
			blocks.map((ref) => sealedOf(ref, LOGS)),
		)
	}

	/** Derives the blocks up to `last` from L1 block 1. */
	async derive(chainId: ChainId, last: number): Promise<void> {
		const from = (this.store.read((view) => view.localSafeHead(chainId))?.derived.number ?? 0) + 1
		const links = Array.from({ length: last - from + 1 }, (_, i) => link(1, this.block(chainId, from + i)))
		await this.store.appendLinks(chainId, { links })
	}

	/** Has the node enter the next L1 block, from which it derives nothing. */
	async enter(chainId: ChainId, source: number): Promise<void> {
		const head = this.store.read((view) => view.localSafeHead(chainId))?.derived.number ?? 0
		await this.store.appendLinks(chainId, { links: [link(source, this.block(chainId, head))] })
	}

	/** Numbers of the cross-unsafe and the cross-safe head. */
	heads(chainId: ChainId): [crossUnsafe: number | undefined, crossSafe: number | undefined] {
		return this.store.read((view) => [view.crossUnsafe(chainId)?.number, view.crossSafeHead(chainId)?.number])
	}

	#pack(ref: BlockRef, messages: readonly SmallMessage[]): PackedLogBlock {
		const logHashes = Buffer.concat(Array.from({ length: LOGS }, (_, i) => logHash(ref, i)))
		const executing = messages.map((message, logIndex) => this.#executing(message, logIndex))
		return packLogBlock({ ref, logs: { logCount: LOGS, logHashes, executing } })
	}

	#executing({ chainId, block, log = 0 }: SmallMessage, logIndex: number): ExecutingLog {
		const ref = this.block(chainId, block)
		const place = {
			chainId,
			blockNumber: BigInt(block),
			timestamp: BigInt(ref.timestamp),
			logIndex: log,
		}
		const checksum = messageChecksum({ ...place, logHash: logHash(ref, log) })
		return { logIndex, message: { ...place, checksum } }
	}
}

function link(source: number, derived: BlockRef) {
	const block = L1[source]
	if (block === undefined) throw new Error(`no L1 block ${source}`)
	return { source: block, derived }
}
