import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type BlockRef, sameBlock } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { LinkCheck } from '../../src/safety/link-check.js'
import { reexamine } from '../../src/safety/reexamine.js'
import type { SafetyRules } from '../../src/safety/rules.js'
import {
	type LogWriter,
	openLogWriter,
	openStore,
	packLogBlock,
	type Snapshot,
	type Store,
} from '../../src/storage/index.js'
import type { Scenario } from './scenario.js'
import { type ClusterBlock, ScenarioBlocks } from './scenario-blocks.js'

/** A scenario has a few hundred rows. */
const MAP_SIZE = 16 * 2 ** 20

/** A real store for the cluster of one scenario, with the logs of every block that may ever be sealed. */
export class Cluster {
	private constructor(
		readonly blocks: ScenarioBlocks,
		readonly rules: SafetyRules,
		readonly store: Store,
		private readonly writers: ReadonlyMap<ChainId, LogWriter>,
		private readonly directory: string,
	) {}

	static async open(
		scenario: Pick<Scenario, 'id' | 'config' | 'l1' | 'chains'>,
		scratch: string,
		modules: { readonly log: Logger },
	): Promise<Cluster> {
		const blocks = new ScenarioBlocks(scenario)
		const directory = join(scratch, scenario.id)
		mkdirSync(directory)
		const chains = scenario.config.chains.map(({ id, blockTime, interopTime, genesisTime }) => {
			const chainId = blocks.chainId(id)
			const { ref } = blocks.block(chainId, 0)
			const l2Genesis = { hash: ref.hash, number: ref.number }
			const { hash, number } = blocks.l1(0)
			return { chainId, l1Genesis: { hash, number }, l2Genesis, l2Time: genesisTime, blockTime, interopTime }
		})
		const store = await openStore(
			{ directory, chains, mapSizeBytes: MAP_SIZE },
			{ log: modules.log, reexamine },
		)
		const writers = new Map<ChainId, LogWriter>()
		for (const { chainId } of chains) {
			const writer = openLogWriter({ directory, chainId, mapSizeBytes: MAP_SIZE })
			writers.set(chainId, writer)
			await writer.writeBatch([...blocks.all(chainId)].map(packLogBlock))
		}
		const link = new LinkCheck({
			chains: new Map(chains.map(({ chainId, ...schedule }) => [chainId, schedule])),
			messageExpiryWindow: scenario.config.messageExpiryWindow,
		})
		return new Cluster(blocks, { link }, store, writers, directory)
	}

	get chainIds(): readonly ChainId[] {
		return [...this.blocks.chainIds.values()]
	}

	read<T>(action: (view: Snapshot) => T): T {
		return this.store.read(action)
	}

	/** Adds a block that the recording does not have: its logs are indexed, it is not sealed. */
	async addBlock(chainId: ChainId, block: ClusterBlock): Promise<void> {
		this.blocks.add(chainId, block)
		await this.writers.get(chainId)?.writeBatch([packLogBlock(block)])
	}

	/** The activation of a chain at an L1 block: the anchor is local-safe and cross-safe from there on. */
	async activate(chainId: ChainId, anchor: BlockRef, source: BlockRef): Promise<void> {
		await this.store.startChain(chainId, anchor)
		await this.appendLink(chainId, source, anchor)
		const { hash, number } = anchor
		const { generation, crossSafe } = this.read((view) => ({
			generation: view.generation,
			crossSafe: view.crossSafeHead(chainId),
		}))
		if (crossSafe !== undefined) return
		const entry = { hash, number, scope: source.number }
		await this.store.promote({ generation, chains: [{ chainId, crossSafe: [entry] }] })
	}

	/** Appends a link, with the L1 blocks between the stored ones and its source. */
	async appendLink(chainId: ChainId, source: BlockRef, derived: BlockRef): Promise<void> {
		const head = this.read((view) => view.l1Head)
		await this.store.appendLinks(chainId, { l1: this.#l1Between(head, source), links: [{ source, derived }] })
	}

	/** Closes and removes the store. */
	async close(): Promise<void> {
		for (const writer of this.writers.values()) await writer.close()
		await this.store.close()
		rmSync(this.directory, { recursive: true, force: true })
	}

	#l1Between(head: BlockRef | undefined, source: BlockRef): BlockRef[] {
		const between: BlockRef[] = []
		if (head === undefined) return between
		const byHash = new Map(this.blocks.scenario.l1.map((block) => [block.hash, block]))
		let block = byHash.get(source.parentHash)
		while (block !== undefined && block.number > head.number) {
			between.unshift(block)
			block = byHash.get(block.parentHash)
		}
		return block !== undefined && sameBlock(block, head) ? between : []
	}
}
