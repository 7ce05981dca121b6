import { type BlockRef, blockId } from '../../src/protocol/block.js'
import {
	dumpCanonicalTables,
	openReader,
	openStore,
	type Store,
	type TableRow,
} from '../../src/storage/index.js'
import { type LogWriter, openLogWriter } from '../../src/storage/log-writer.js'
import { CHAIN_A, CHAIN_B, childOf, identity, packed, sealedOf, silent } from '../storage/sample-chain.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'

export const CHAINS = [CHAIN_A, CHAIN_B] as const

/** The chains with their real genesis blocks. */
export const IDENTITIES = CHAINS.map((chainId) =>
	identity(chainId, { l2Genesis: blockId(childOf(chainId, undefined)) }),
)

/** An open store of two chains that can grow, until the end of the test. */
export class FilledStore {
	readonly #heads = CHAINS.map((chainId) => childOf(chainId, undefined))
	readonly #writers: readonly LogWriter[]
	#closing: Promise<void> | undefined

	private constructor(
		readonly directory: string,
		readonly store: Store,
	) {
		this.#writers = CHAINS.map((chainId) => openLogWriter({ directory, chainId }))
	}

	static async open(): Promise<FilledStore> {
		const directory = temporaryDirectory()
		const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
		const filled = new FilledStore(directory, store)
		afterTest(() => filled.close())
		for (const [index, chainId] of CHAINS.entries()) await store.startChain(chainId, filled.#head(index))
		return filled
	}

	/** Indexes and seals so many blocks of each chain. */
	async grow(blocks: number, logsPerBlock: number): Promise<void> {
		for (const [index, chainId] of CHAINS.entries()) {
			const run: BlockRef[] = []
			for (let i = 0; i < blocks; i++) run.push(childOf(chainId, run.at(-1) ?? this.#head(index)))
			await this.#writers[index]?.writeBatch(run.map((block) => packed(block, logsPerBlock)))
			await this.store.seal(
				chainId,
				run.map((block) => sealedOf(block, logsPerBlock)),
			)
			this.#heads[index] = run.at(-1) ?? this.#head(index)
		}
	}

	close(): Promise<void> {
		this.#closing ??= this.#close()
		return this.#closing
	}

	async #close(): Promise<void> {
		for (const writer of this.#writers) await writer.close()
		await this.store.close()
	}

	#head(index: number): BlockRef {
		return this.#heads[index] ?? childOf(CHAINS[index] ?? CHAIN_A, undefined)
	}
}

/** Every row of a store. */
export async function rowsIn(directory: string): Promise<TableRow[]> {
	const reader = await openReader({ directory, chains: CHAINS })
	try {
		return [...dumpCanonicalTables(reader)]
	} finally {
		await reader.close()
	}
}
