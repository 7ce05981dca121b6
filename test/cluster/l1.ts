import type { BlockSeal } from '../../src/protocol/block.js'
import type { Hash } from '../../src/protocol/hash.js'
import { anvilBinary } from '../anvil.js'
import { freePorts } from './free-ports.js'
import { callRpc } from './json-rpc.js'
import type { Processes } from './processes.js'
import { BLOCK_TIME, L1_CHAIN_ID, SLOTS_IN_AN_EPOCH } from './settings.js'
import { until } from './until.js'

/** An anvil that mines a block every `BLOCK_TIME`. */
export class TestL1 {
	private constructor(readonly url: string) {}

	static async start(processes: Processes, signal: AbortSignal): Promise<TestL1> {
		const [port = 0] = await freePorts(1)
		await processes.start('anvil', anvilBinary(), [
			...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(L1_CHAIN_ID)],
			...['--block-time', String(BLOCK_TIME), '--slots-in-an-epoch', String(SLOTS_IN_AN_EPOCH)],
			...['--hardfork', 'prague', '--gas-limit', '60000000'],
		])
		const l1 = new TestL1(`http://127.0.0.1:${port}`)
		await until('L1 answers', { seconds: 20, signal }, async () => ({ found: await l1.block(0) }))
		return l1
	}

	/** @throws Error if there is no such block */
	async block(numberOrLabel: number | 'latest' | 'finalized'): Promise<BlockSeal> {
		const which = typeof numberOrLabel === 'number' ? hex(numberOrLabel) : numberOrLabel
		const block = (await callRpc(this.url, 'eth_getBlockByNumber', which, false)) as Record<
			'hash' | 'number' | 'timestamp',
			string
		> | null
		if (block === null) throw new Error(`L1 has no block ${numberOrLabel}`)
		return { hash: block.hash as Hash, number: Number(block.number), timestamp: Number(block.timestamp) }
	}

	/**
	 * Replaces the last `depth` blocks by empty ones. The transactions of the old ones return to the pool, as they do on
	 * a real L1, and land in later blocks.
	 */
	async reorg(depth: number): Promise<void> {
		// No block may come in between.
		await callRpc(this.url, 'evm_setIntervalMining', 0)
		const { number: tip } = await this.block('latest')
		const lost: unknown[] = []
		for (let number = tip - depth + 1; number <= tip; number++)
			lost.push(...(await this.#transactions(number)))
		await callRpc(this.url, 'anvil_reorg', depth, [])
		for (const transaction of lost) await callRpc(this.url, 'eth_sendRawTransaction', transaction)
		await callRpc(this.url, 'evm_setIntervalMining', BLOCK_TIME)
	}

	/** The transactions of a block as they were signed. */
	async #transactions(number: number): Promise<unknown[]> {
		const block = (await callRpc(this.url, 'eth_getBlockByNumber', hex(number), false)) as {
			transactions: readonly string[]
		}
		return Promise.all(
			block.transactions.map((hash) => callRpc(this.url, 'eth_getRawTransactionByHash', hash)),
		)
	}
}

function hex(number: number): string {
	return `0x${number.toString(16)}`
}
