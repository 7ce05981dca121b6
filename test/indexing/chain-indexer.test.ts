import { describe, expect, it } from 'vitest'
import { ChainIndexer, RANGE_BLOCKS, WHOLE_RANGES_PER_LANE } from '../../src/indexing/chain-indexer.js'
import type { IndexedBlock, IndexFailure, IndexResult, IndexTask } from '../../src/indexing/index-task.js'
import type { SealStore } from '../../src/indexing/indexer-modules.js'
import type { BlockRef } from '../../src/protocol/block.js'
import {
	type LogWriter,
	openLogWriter,
	openStore,
	StorageWriteError,
	type Store,
} from '../../src/storage/index.js'
import { CHAIN_A, childOf, IDENTITIES, packed } from '../storage/sample-chain.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until, withDeadline } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'

const TIMINGS = { totalMs: 0, fetchMs: 0, decodeMs: 0, packMs: 0, writeMs: 0, receiptBytes: 0 }
const LANES = 2
const WINDOW = LANES * WHOLE_RANGES_PER_LANE * RANGE_BLOCKS

/** A chain on `trunk`, which may be empty, up to block `last`. */
function chain(last: number, trunk: readonly BlockRef[] = [], branch = 'main'): BlockRef[] {
	const blocks = [...trunk]
	while ((blocks.at(-1)?.number ?? -1) < last) blocks.push(childOf(CHAIN_A, blocks.at(-1), branch))
	return blocks
}

interface Script {
	/** What the node has. */
	blocks: readonly BlockRef[]
	/** Says whether, and how, a task fails at a block. */
	failure?: (block: BlockRef, task: IndexTask) => Pick<IndexFailure, 'kind' | 'name'> | undefined
}

/** A pool that does as its script says, over the real log environment; tasks end when they are let. */
class ScriptedPool {
	readonly script: Script
	readonly tasks: IndexTask[] = []
	readonly #writer: LogWriter
	#held: (() => void)[] = []
	isHolding = false

	constructor(script: Script, writer: LogWriter) {
		this.script = script
		this.#writer = writer
	}

	get inFlight(): number {
		return this.#held.length
	}

	lanes(): number {
		return LANES
	}

	async index(task: IndexTask): Promise<IndexResult> {
		this.tasks.push(task)
		if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve))
		else await new Promise(setImmediate)
		const blocks: IndexedBlock[] = []
		let failure: IndexFailure | undefined
		for (let number = task.from; number <= task.to && failure === undefined; number++) {
			const block = this.script.blocks[number]
			const wrong =
				block === undefined
					? { kind: 'not-found' as const, name: 'NodeBlockNotFoundError' }
					: this.script.failure?.(block, task)
			if (wrong !== undefined) failure = { ...wrong, message: 'as the script says', blockNumber: number }
			else if (block !== undefined) blocks.push({ ...block, logCount: 1, executingCount: 0 })
		}
		await this.#writer.writeBatch(blocks.map((block) => packed(block, 1)))
		return { from: task.from, blocks, timings: TIMINGS, ...(failure === undefined ? {} : { failure }) }
	}

	async cancel(): Promise<void> {
		this.release()
	}

	/** Lets all tasks that are held end. */
	release(): void {
		for (const end of this.#held.splice(0)) end()
	}
}

/** An indexer over a real store. */
async function indexer(script: Script, change: (store: SealStore) => SealStore = (store) => store) {
	const directory = temporaryDirectory()
	const logs = new LogCapture()
	const store: Store = await openStore({ directory, chains: IDENTITIES }, { log: logs.log })
	afterTest(() => store.close())
	const writer = openLogWriter({ directory, chainId: CHAIN_A })
	afterTest(() => writer.close())
	const [anchor] = script.blocks
	if (anchor === undefined) throw new Error('a chain has a first block')
	await store.startChain(CHAIN_A, anchor)
	const pool = new ScriptedPool(script, writer)
	const derived = new Map<number, string>()
	const asked: number[] = []
	const sealStore: SealStore = {
		canonical: (chainId, number) => store.read((view) => view.canonical(chainId, number)),
		firstKept: (chainId) => store.read((view) => view.firstKept(chainId)),
		seal: (chainId, run) => store.seal(chainId, run),
		cutCanonical: (chainId, to) => store.cutCanonical(chainId, to),
	}
	const one = new ChainIndexer(
		{ chainId: CHAIN_A, anchor, head: anchor },
		{
			log: logs.log,
			store: change(sealStore),
			pool,
			node: (failures) => {
				asked.push(failures)
				return {
					address: 'ws://node',
					url: 'ws://node',
					refByNumber: async (number) => script.blocks[number],
				}
			},
			hasElsewhere: async () => false,
			derivedHash: (number) => derived.get(number),
		},
	)
	const stopped: Error[] = []
	const stalled: (IndexFailure | undefined)[] = []
	one.on('stopped', (error) => stopped.push(error))
	one.on('stalled', (failure) => stalled.push(failure))
	afterTest(() => one.close())
	/** Resolves when a block is sealed. */
	const sealed = (block: BlockRef | undefined) =>
		withDeadline(
			() => `block ${block?.number}; the head is ${one.head.number}`,
			new Promise<void>((resolve) => {
				if (one.head.hash === block?.hash) resolve()
				one.on('sealed', (head) => head.hash === block?.hash && resolve())
			}),
		)
	const canonical = () => store.read((view) => [...view.canonicalFrom(CHAIN_A, 0)].map(({ hash }) => hash))
	return { one, pool, logs, stopped, stalled, sealed, canonical, derived, asked, store }
}

/** Holds whoever passes first until it is released. */
function holdOnce() {
	let arrive = () => {}
	let release = () => {}
	const reached = new Promise<void>((resolve) => {
		arrive = resolve
	})
	const released = new Promise<void>((resolve) => {
		release = resolve
	})
	const pass = () => {
		arrive()
		return released
	}
	return { reached, pass, release: () => release() }
}

const hashes = (blocks: readonly BlockRef[]) => blocks.map(({ hash }) => hash)

describe('ChainIndexer', () => {
	it('never plans more than its window beyond the sealed head, however far the target is', async () => {
		const blocks = chain(3 * WINDOW + 17)
		const { one, pool, sealed, canonical } = await indexer({ blocks })
		pool.isHolding = true
		one.follow(blocks.at(-1) as BlockRef)
		while (one.head.number < blocks.length - 1) {
			await until('a full window', () => pool.inFlight > 0)
			const planned = Math.max(...pool.tasks.map(({ to }) => to))
			expect(planned - one.head.number).toBeLessThanOrEqual(WINDOW)
			expect(one.rangesInFlight).toBeLessThanOrEqual(LANES * WHOLE_RANGES_PER_LANE)
			const end = sealed(blocks[Math.min(planned, blocks.length - 1)])
			pool.release()
			await end
		}
		expect(canonical()).toEqual(hashes(blocks))
		expect(pool.tasks.every(({ from, to }) => to - from < RANGE_BLOCKS)).toBe(true)
		// Nothing was fetched twice.
		expect(pool.tasks.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(blocks.length - 1)
	})

	it('tries a range that failed again, tells it once after three times, tells when it goes on, and asks another node', async () => {
		const blocks = chain(100)
		let left = 5
		const failing = (block: BlockRef) =>
			block.number === 40 && left-- > 0 ? { kind: 'node' as const, name: 'NodeTimeoutError' } : undefined
		const { one, sealed, canonical, stalled, logs, asked, stopped } = await indexer({
			blocks,
			failure: failing,
		})
		one.follow(blocks[100] as BlockRef)
		await sealed(blocks[100])
		expect(canonical()).toEqual(hashes(blocks))
		expect(stalled).toEqual([
			expect.objectContaining({ name: 'NodeTimeoutError', blockNumber: 40 }),
			undefined,
		])
		expect(logs.records.filter(({ msg }) => msg.includes('does not get on'))).toHaveLength(1)
		expect(logs.records.filter(({ msg }) => msg === 'indexing goes on')).toHaveLength(1)
		expect(Math.max(...asked)).toBeGreaterThanOrEqual(3)
		expect(stopped).toEqual([])
	})

	it('hands out what nodes told of with the range that it is in, and asks by number once that failed', async () => {
		const blocks = chain(10)
		let isGone = true
		const gone = (block: BlockRef) =>
			block.number === 5 && isGone
				? { kind: 'not-found' as const, name: 'NodeBlockNotFoundError' }
				: undefined
		const { one, pool, sealed, canonical } = await indexer({ blocks, failure: gone })
		pool.isHolding = true
		for (const block of blocks.slice(1, 4)) one.follow(block)
		for (const block of blocks.slice(5, 8)) one.follow(block)
		const handedOut = () => pool.tasks.splice(0).map(({ from, to, announced }) => [from, to, ...announced])
		expect(handedOut()).toEqual([
			[1, 1, blocks[1]],
			[2, 2, blocks[2]],
			[3, 3, blocks[3]],
			[4, 5, blocks[5]],
		])
		pool.release()
		await until('the range again', () => pool.inFlight > 0)
		expect(handedOut()).toEqual([
			[5, 5],
			[6, 7],
		])
		isGone = false
		pool.isHolding = false
		one.follow(blocks[10] as BlockRef)
		const end = sealed(blocks[10])
		pool.release()
		await end
		expect(canonical()).toEqual(hashes(blocks))
	})

	it('does not wait for ever for a block that the node has no more: the next event sets a new target', async () => {
		const blocks = chain(60)
		const script: Script = { blocks: blocks.slice(0, 51) }
		const { one, sealed, canonical, logs, stalled } = await indexer(script)
		one.follow(blocks[60] as BlockRef)
		await sealed(blocks[50])
		await logs.logged('the missing block', ({ msg }) => msg.startsWith('node does not have the block'))
		expect(one.target).toBe(50)
		script.blocks = blocks
		one.follow(blocks[60] as BlockRef)
		await sealed(blocks[60])
		expect(canonical()).toEqual(hashes(blocks))
		expect(stalled).toEqual([])
	})

	it('a disk that is full is waited for: nothing is lost, and it goes on', async () => {
		const blocks = chain(200)
		let failures = 4
		const full = (store: SealStore): SealStore => ({
			...store,
			seal: async (chainId, run) => {
				if (failures-- > 0) throw new StorageWriteError('/data/meta.mdb', 'ENOSPC', 'no space left', false)
				return store.seal(chainId, run)
			},
		})
		const { one, sealed, canonical, stalled, stopped } = await indexer({ blocks }, full)
		one.follow(blocks[200] as BlockRef)
		await sealed(blocks[200])
		expect(canonical()).toEqual(hashes(blocks))
		expect(stalled[0]).toMatchObject({ kind: 'storage', name: 'StorageWriteError' })
		expect(stopped).toEqual([])
	})

	it('follows a reorg to the new branch, as far as that goes', async () => {
		const old = chain(150)
		const next = chain(130, old.slice(0, 91), 'next')
		const script: Script = { blocks: old }
		const { one, sealed, canonical, logs } = await indexer(script)
		one.follow(old[150] as BlockRef)
		await sealed(old[150])
		script.blocks = next
		one.follow(next[120] as BlockRef)
		await sealed(next[130])
		expect(canonical()).toEqual(hashes(next))
		expect(logs.find(({ msg }) => msg.startsWith('unsafe reorg'))).toMatchObject({ depth: 60 })
	})

	it('leaves blocks that L1 decided against while their seal waited for the disk', async () => {
		const old = chain(20)
		const next = chain(20, old.slice(0, 11), 'next')
		const script: Script = { blocks: old }
		let decide: () => void = () => {}
		const slowDisk = (store: SealStore): SealStore => ({
			...store,
			seal: async (chainId, run) => {
				await store.seal(chainId, run)
				decide()
				decide = () => {}
			},
		})
		const { one, sealed, canonical, derived } = await indexer(script, slowDisk)
		decide = () => {
			script.blocks = next
			for (const block of next.slice(0, 16)) {
				derived.set(block.number, block.hash)
				one.follow(block)
			}
		}
		one.follow(old[20] as BlockRef)
		await sealed(next[20])
		expect(canonical()).toEqual(hashes(next))
	})

	it('follows another block that is told of while the seal of the first waits for the disk', async () => {
		const trunk = chain(4)
		const old = chain(5, trunk, 'old')
		const winner = chain(5, trunk, 'winner')
		const script: Script = { blocks: old }
		const hold = holdOnce()
		const { one, sealed, canonical } = await indexer(script, (store) => ({
			...store,
			seal: async (chainId, run) => {
				await store.seal(chainId, run)
				await hold.pass()
			},
		}))
		one.follow(old[5] as BlockRef)
		await withDeadline('the held seal', hold.reached)
		script.blocks = winner
		one.follow(winner[5] as BlockRef)
		const end = sealed(winner[5])
		hold.release()
		await end
		expect(canonical()).toEqual(hashes(winner))
	})

	it('keeps a branch of L1 against a longer one of a node, and says which node has strayed', async () => {
		const blocks = chain(20)
		const stray = chain(30, blocks.slice(0, 6), 'stray')
		const script: Script = { blocks }
		const { one, sealed, canonical, derived, stopped } = await indexer(script)
		for (const block of blocks.slice(0, 16)) derived.set(block.number, block.hash)
		one.follow(blocks[20] as BlockRef)
		await sealed(blocks[20])
		const strayed = new Promise<string>((resolve) => one.on('strayed', ({ url }) => resolve(url)))
		script.blocks = stray
		one.follow(stray[21] as BlockRef)
		expect(await withDeadline('the news of it', strayed)).toBe('ws://node')
		expect(canonical()).toEqual(hashes(blocks))
		expect(stopped).toEqual([])
	})

	it('switches back to a branch that it had', async () => {
		const first = chain(80)
		const second = chain(85, first.slice(0, 61), 'second')
		const third = chain(90, first, 'main')
		const script: Script = { blocks: first }
		const { one, sealed, canonical } = await indexer(script)
		for (const blocks of [first, second, third]) {
			script.blocks = blocks
			one.follow(blocks.at(-1) as BlockRef)
			await sealed(blocks.at(-1))
		}
		expect(canonical()).toEqual(hashes(third))
	})

	it('seals no block that contradicts what was derived from L1', async () => {
		const blocks = chain(30)
		const other = chain(30, blocks.slice(0, 20), 'derived')
		const script: Script = { blocks }
		const { one, sealed, canonical, derived, logs } = await indexer(script)
		derived.set(20, (other[20] as BlockRef).hash)
		one.follow(blocks[30] as BlockRef)
		await logs.logged('that it does not get on', ({ msg }) => msg.includes('does not get on'))
		expect(one.head.number).toBeLessThan(20)
		script.blocks = other
		one.follow(other[30] as BlockRef)
		await sealed(other[30])
		expect(canonical()).toEqual(hashes(other))
	})

	it('leaves a branch that L1 decided against while its blocks were on their way to the disk', async () => {
		const trunk = chain(4)
		const old = chain(10, trunk, 'old')
		const winner = chain(10, trunk, 'winner')
		const script: Script = { blocks: old }
		const hold = holdOnce()
		const { one, sealed, canonical, derived } = await indexer(script, (store) => ({
			...store,
			seal: async (chainId, run) => {
				await hold.pass()
				await store.seal(chainId, run)
			},
		}))
		one.follow(old[10] as BlockRef)
		await withDeadline('the held write', hold.reached)
		script.blocks = winner
		for (const block of winner.slice(5)) {
			derived.set(block.number, block.hash)
			one.follow(block)
		}
		const end = sealed(winner[10])
		hold.release()
		await end
		expect(canonical()).toEqual(hashes(winner))
	})

	it('does not forget what a node tells while the index is cut back for what it told before', async () => {
		const trunk = chain(3)
		const old = chain(10, trunk, 'old')
		const other = chain(10, old.slice(0, 6), 'other')
		const last = chain(5, trunk, 'last')
		const script: Script = { blocks: old }
		const hold = holdOnce()
		const { one, sealed, canonical } = await indexer(script, (store) => ({
			...store,
			cutCanonical: async (chainId, to) => {
				if (to.number === 5) await hold.pass()
				await store.cutCanonical(chainId, to)
			},
		}))
		one.follow(old[10] as BlockRef)
		await sealed(old[10])
		script.blocks = other
		one.follow(other[10] as BlockRef)
		await withDeadline('the held write', hold.reached)
		script.blocks = last
		const end = sealed(last[5])
		one.follow(last[5] as BlockRef)
		hold.release()
		await end
		expect(canonical()).toEqual(hashes(last))
	})

	it('blocks that the store refuses are asked for again, and stop nothing', async () => {
		const blocks = chain(70)
		const early = blocks.map((block) => (block.number === 65 ? { ...block, timestamp: 1 } : block))
		const script: Script = { blocks: early }
		const { one, sealed, canonical, stopped, logs } = await indexer(script)
		one.follow(early[70] as BlockRef)
		await logs.logged('the refusal', ({ msg }) => msg === 'blocks of the node were refused')
		expect(one.head.number).toBeLessThan(65)
		script.blocks = blocks
		await sealed(blocks[70])
		expect(canonical()).toEqual(hashes(blocks))
		expect(stopped).toEqual([])
	})

	it('a node with another first block cannot be explained: the chain stops and says what to check', async () => {
		const blocks = chain(20)
		const script: Script = { blocks }
		const { one, sealed, stopped } = await indexer(script)
		one.follow(blocks[20] as BlockRef)
		await sealed(blocks[20])
		script.blocks = chain(25, [], 'foreign')
		one.follow(script.blocks[20] as BlockRef)
		await until('the stop', () => stopped.length > 0)
		expect(stopped[0]?.message).toMatch(/another first block.*check that the node and the rollup config/)
	})

	it('closes in the middle of everything without waiting for tasks that hang', async () => {
		const blocks = chain(1_000)
		const { one, pool, stopped } = await indexer({ blocks })
		pool.isHolding = true
		one.follow(blocks[1_000] as BlockRef)
		await until('tasks in flight', () => pool.inFlight > 0)
		await withDeadline('the close', one.close())
		pool.release()
		expect(one.head.number).toBe(0)
		expect(stopped).toEqual([])
	})
})
