import type { BlockId, BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import type { BlockLogs, ExecutingLog } from '../../src/protocol/executing-message.js'
import { type Hash, hashToBytes } from '../../src/protocol/hash.js'
import type { Scenario, ScenarioBlock } from './scenario.js'

/** A block with its logs, as the scenario has it or as the test made it. */
export interface ClusterBlock {
	readonly ref: BlockRef
	readonly logs: BlockLogs
	readonly logHashes: readonly Hash[]
}

/** All blocks of a scenario: by chain and index as the recording names them, and by hash. */
export class ScenarioBlocks {
	readonly chainIds: ReadonlyMap<string, ChainId>
	readonly #byIndex = new Map<ChainId, ClusterBlock[]>()
	readonly #byHash = new Map<ChainId, Map<Hash, ClusterBlock>>()
	readonly #indices = new Map<ChainId, Map<Hash, number>>()
	readonly #l1Indices = new Map<Hash, number>()
	readonly #checksums = new Map<string, Hash>()

	constructor(readonly scenario: Pick<Scenario, 'config' | 'l1' | 'chains'>) {
		this.chainIds = new Map(scenario.config.chains.map(({ id }) => [id, parseChainId(id, 'chain')]))
		for (const [id, chainId] of this.chainIds) {
			const blocks = (scenario.chains[id] ?? []).map(clusterBlock)
			this.#byIndex.set(chainId, blocks)
			this.#byHash.set(chainId, new Map(blocks.map((block) => [block.ref.hash, block])))
			this.#indices.set(chainId, new Map(blocks.map((block, index) => [block.ref.hash, index])))
		}
		scenario.l1.forEach((block, index) => {
			this.#l1Indices.set(block.hash, index)
		})
	}

	chainId(id: string): ChainId {
		const chainId = this.chainIds.get(id)
		if (chainId === undefined) throw new RangeError(`the scenario has no chain ${id}`)
		return chainId
	}

	/** The block that the recording calls `index`. */
	block(chainId: ChainId, index: number | undefined): ClusterBlock {
		const block = this.#byIndex.get(chainId)?.[index ?? -1]
		if (block === undefined) throw new RangeError(`chain ${chainId} of the scenario has no block ${index}`)
		return block
	}

	/** All blocks of a chain, also those made by the test. */
	all(chainId: ChainId): Iterable<ClusterBlock> {
		return this.#byHash.get(chainId)?.values() ?? []
	}

	byHash(chainId: ChainId, hash: Hash): ClusterBlock | undefined {
		return this.#byHash.get(chainId)?.get(hash)
	}

	/** Adds a block that the recording does not have. */
	add(chainId: ChainId, block: ClusterBlock): void {
		this.#byHash.get(chainId)?.set(block.ref.hash, block)
	}

	index(chainId: ChainId, block: BlockId): number | undefined {
		return this.#indices.get(chainId)?.get(block.hash)
	}

	l1(index: number | undefined): BlockRef {
		const block = this.scenario.l1[index ?? -1]
		if (block === undefined) throw new RangeError(`the scenario has no L1 block ${index}`)
		return block
	}

	l1Index(block: BlockId | undefined): number | undefined {
		return block && this.#l1Indices.get(block.hash)
	}

	/** The checksum under which a log can be executed. Undefined if the block has fewer logs. */
	checksum(chainId: ChainId, block: ClusterBlock, logIndex: number): Hash | undefined {
		const logHash = block.logHashes[logIndex]
		if (logHash === undefined) return undefined
		const key = `${chainId}/${block.ref.hash}/${logIndex}`
		const known = this.#checksums.get(key)
		if (known !== undefined) return known
		const checksum = messageChecksum({
			chainId,
			blockNumber: BigInt(block.ref.number),
			timestamp: BigInt(block.ref.timestamp),
			logIndex,
			logHash: hashToBytes(logHash),
		})
		this.#checksums.set(key, checksum)
		return checksum
	}
}

/** A block without logs, or with some of another's. */
export function blockWithLogs(ref: BlockRef, logHashes: readonly Hash[]): ClusterBlock {
	return clusterBlock({ ref, logs: logHashes.map((logHash) => ({ logHash })) })
}

function clusterBlock({ ref, logs }: ScenarioBlock): ClusterBlock {
	const packed = new Uint8Array(32 * logs.length)
	const executing: ExecutingLog[] = []
	logs.forEach(({ logHash, execMsg }, logIndex) => {
		packed.set(hashToBytes(logHash), 32 * logIndex)
		if (execMsg === undefined) return
		const message = {
			chainId: parseChainId(execMsg.chainID, 'chainID'),
			blockNumber: BigInt(execMsg.blockNum),
			timestamp: BigInt(execMsg.timestamp),
			logIndex: execMsg.logIdx,
			checksum: execMsg.checksum,
		}
		executing.push({ logIndex, message })
	})
	return {
		ref,
		logs: { logCount: logs.length, logHashes: packed, executing },
		logHashes: logs.map((log) => log.logHash),
	}
}
