import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { FutureDataError, SkippedDataError } from '../../src/protocol/errors.js'
import { contains } from '../../src/safety/contains.js'
import {
	type LogWriter,
	openLogWriter,
	openReader,
	openStore,
	packLogBlock,
	type Store,
} from '../../src/storage/index.js'
import { allSafeDerivedAt, crossDerivedToSource } from '../../src/supervisor/derivation-reads.js'
import { optimisticView, safeBlocksAt } from '../../src/supervisor/super-root-view.js'
import type { Fault } from '../../src/verify/invariants.js'
import { verifyStore } from '../../src/verify/verify-store.js'
import { CHAIN_A, CHAIN_B, childOf, hashOf, identity, logsOf, silent } from './sample-chain.js'

const CHAINS = [CHAIN_A, CHAIN_B]
const IDENTITIES = CHAINS.map((chainId) => identity(chainId, { l2Genesis: childOf(chainId, undefined) }))
const ROLLUPS = new Map(
	IDENTITIES.map(({ chainId, l1Genesis, l2Genesis, l2Time, blockTime }) => [
		chainId,
		{ genesis: { l1: l1Genesis, l2: l2Genesis, l2Time }, blockTime },
	]),
)
/** L2 blocks that an L1 block brings. */
const PER_L1 = 3
const L1_FINAL_AFTER = 4

/** Two chains that grow, are derived and become final, on a real store, as fast as it goes. */
class GrowingCluster {
	l1: BlockRef = childOf('l1', undefined)
	readonly finals: BlockRef[] = []
	readonly heads = new Map<ChainId, BlockRef>()

	private constructor(
		readonly directory: string,
		readonly store: Store,
		readonly writers: ReadonlyMap<ChainId, LogWriter>,
	) {}

	static async open(directory: string): Promise<GrowingCluster> {
		const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
		const writers = new Map(CHAINS.map((chainId) => [chainId, openLogWriter({ directory, chainId })]))
		const cluster = new GrowingCluster(directory, store, writers)
		for (const chainId of CHAINS) {
			const genesis = childOf(chainId, undefined)
			cluster.heads.set(chainId, genesis)
			await store.startChain(chainId, genesis)
			await store.appendLinks(chainId, { links: [{ source: cluster.l1, derived: genesis }] })
			const entry = { hash: genesis.hash, number: 0, scope: 0 }
			await store.promote({ generation: generation(store), chains: [{ chainId, crossSafe: [entry] }] })
		}
		return cluster
	}

	/** One L1 block with its L2 blocks; with `lost`, the logs of so many blocks of branches that are left again. */
	async grow({ logs, lost = 0 }: { readonly logs: number; readonly lost?: number }): Promise<void> {
		const { store } = this
		this.finals.push(this.l1)
		this.l1 = childOf('l1', this.l1)
		for (const chainId of CHAINS) {
			let head = this.heads.get(chainId) ?? expect.fail('no head')
			const writer = this.writers.get(chainId)
			const links = [{ source: this.l1, derived: head }]
			const entries = [{ hash: head.hash, number: head.number, scope: this.l1.number }]
			const run: BlockRef[] = []
			for (let i = 0; i < PER_L1; i++) {
				for (let other = 0; other < lost; other++)
					await writer?.writeBatch([packed(childOf(chainId, head, `lost ${other}`), logs)])
				head = childOf(chainId, head)
				run.push(head)
				links.push({ source: this.l1, derived: head })
				entries.push({ hash: head.hash, number: head.number, scope: this.l1.number })
			}
			await writer?.writeBatch(run.map((block) => packed(block, logs)))
			await store.seal(
				chainId,
				run.map((block) => ({ ...block, logCount: logs })),
			)
			await store.appendLinks(chainId, { links })
			await store.promote({ generation: generation(store), chains: [{ chainId, crossSafe: entries }] })
			this.heads.set(chainId, head)
		}
		const final = this.finals.at(-L1_FINAL_AFTER)
		if (final !== undefined) await store.setFinalizedL1(final)
	}

	async prune(retention: number, limit = 1_000): Promise<number> {
		return this.store.prune({ retention, limit })
	}

	/** Removes superfluous log records at once; returns how many. */
	async sweep(): Promise<number> {
		let removed = 0
		await this.store.markSweep(0)
		for (const chainId of CHAINS) {
			// There is none before anything is final.
			const mark = this.store.sweepMark(chainId)
			for (let from: number | undefined = 0; mark !== undefined && from !== undefined; ) {
				const swept = await this.store.sweep(chainId, mark, { from, limit: 7 })
				removed += swept.removed
				from = swept.next
			}
		}
		return removed
	}

	faults(): Fault[] {
		const faults: Fault[] = []
		this.store.read((view) => {
			for (const _step of verifyStore({ view, report: (fault) => faults.push(fault) }, IDENTITIES));
		})
		return faults
	}

	async close(): Promise<void> {
		for (const writer of this.writers.values()) await writer.close()
		await this.store.close()
	}
}

/** The record of a block whose logs execute nothing. */
function packed(block: BlockRef, logCount: number) {
	return packLogBlock({ ref: block, logs: { ...logsOf(block, logCount), executing: [] } })
}

function generation(store: Store): number {
	return store.read((view) => view.generation)
}

let directory: string
let cluster: GrowingCluster
beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), 'vigil-retention-'))
	cluster = await GrowingCluster.open(directory)
})
afterEach(async () => {
	await cluster.close()
	rmSync(directory, { recursive: true, force: true })
})

/** A message of log 0 of a block, with a checksum that is not looked at here. */
function messageOf(chainId: ChainId, number: number, timestamp: number) {
	const checksum = hashOf('any')
	return { chainId, blockNumber: BigInt(number), timestamp: BigInt(timestamp), logIndex: 0, checksum }
}

describe('pruning', () => {
	it('removes nothing while a chain has no final block, and nothing that is final for less than the retention', async () => {
		for (let i = 0; i < L1_FINAL_AFTER - 1; i++) await cluster.grow({ logs: 1 })
		expect(await cluster.prune(0)).toBe(0)
		for (let i = 0; i < 10; i++) await cluster.grow({ logs: 1 })
		const final = cluster.store.read((view) => view.finalized(CHAIN_A)?.number ?? 0)
		expect(await cluster.prune(2 * final)).toBe(0)
		expect(await cluster.prune(2 * (final - 5))).toBe(2 * 5)
		expect(cluster.store.read((view) => CHAINS.map((id) => view.firstKept(id)?.number))).toEqual([5, 5])
		// The newest final block stays whatever is asked for.
		await cluster.prune(0)
		expect(cluster.store.read((view) => view.firstKept(CHAIN_A)?.number)).toBe(final)
		expect(cluster.faults()).toEqual([])
	})

	it('counts from the chain that is final least far', async () => {
		for (let i = 0; i < 12; i++) await cluster.grow({ logs: 1 })
		const final = cluster.store.read((view) => view.finalized(CHAIN_A)?.number ?? 0)
		// Chain B's blocks become cross-safe later from here on.
		await cluster.store.cutL1(cluster.finals.at(-L1_FINAL_AFTER) ?? expect.fail('no block'))
		expect(cluster.store.read((view) => view.finalized(CHAIN_B)?.number)).toBe(final)
		expect(await cluster.prune(2 * final - 2, 1)).toBe(2)
	})

	it('removes at most so many blocks at a time', async () => {
		for (let i = 0; i < 12; i++) await cluster.grow({ logs: 1 })
		expect(await cluster.prune(0, 4)).toBe(2 * 4)
		expect(await cluster.prune(0, 4)).toBe(2 * 4)
		expect(cluster.faults()).toEqual([])
	})

	it('answers "skipped" for what is gone, as for what is before the first block', async () => {
		for (let i = 0; i < 20; i++) await cluster.grow({ logs: 2 })
		const gone = cluster.store.read((view) => view.canonical(CHAIN_A, 7)) ?? expect.fail('no block 7')
		const kept = cluster.store.read((view) => view.canonical(CHAIN_A, 40)) ?? expect.fail('no block 40')
		const source = cluster.store.read((view) => crossDerivedToSource(view, CHAIN_A, kept))
		const early = cluster.finals[2] ?? expect.fail('no L1 block')
		await cluster.prune(2 * 20)
		await cluster.sweep()
		const first = cluster.store.read((view) => view.firstKept(CHAIN_A)?.number ?? 0)
		expect(first).toBeGreaterThan(7)
		const reader = await openReader({ directory, chains: CHAINS })
		for (const store of [cluster.store, reader]) {
			store.read((view) => {
				expect(() => crossDerivedToSource(view, CHAIN_A, gone)).toThrow(SkippedDataError)
				expect(() => allSafeDerivedAt(view, early)).toThrow(SkippedDataError)
				for (const number of [0, 7, first - 1]) {
					const time = BigInt(1_000 + 2 * number)
					expect(() => safeBlocksAt(view, ROLLUPS, time)).toThrow(SkippedDataError)
					expect(() => optimisticView(view, ROLLUPS, time)).toThrow(SkippedDataError)
				}
				expect(optimisticView(view, ROLLUPS, BigInt(1_000 + 2 * first)).safe).toHaveLength(2)
				const lookup = (number: number, timestamp: number) =>
					contains(view, messageOf(CHAIN_A, number, timestamp)).error
				for (const number of [1, 7, first - 1])
					for (const timestamp of [1_000 + 2 * number, 0, 2 ** 40])
						expect(lookup(number, timestamp)).toBeInstanceOf(SkippedDataError)
				expect(lookup(first, 1_000 + 2 * first)).not.toBeInstanceOf(SkippedDataError)
				expect(lookup(1_000, 2 ** 40)).toBeInstanceOf(FutureDataError)
				expect(() => view.logHash(CHAIN_A, gone, 0)).toThrow(FutureDataError)
				expect(view.logHash(CHAIN_A, kept, 1)).toBeDefined()
				expect(crossDerivedToSource(view, CHAIN_A, kept)).toEqual(source)
				const firstRow = view.firstKept(CHAIN_A) ?? expect.fail('nothing is kept')
				const itsSource = crossDerivedToSource(view, CHAIN_A, firstRow)
				expect(itsSource.parentHash).toBe(cluster.finals[itsSource.number - 1]?.hash)
				expect(view.anchor(CHAIN_A)?.number).toBe(0)
			})
		}
		await reader.close()
	})

	it('a snapshot that was taken before still reads all that it saw', async () => {
		for (let i = 0; i < 20; i++) await cluster.grow({ logs: 2 })
		const snapshot = cluster.store.snapshot()
		const rows = [...snapshot.canonicalFrom(CHAIN_A, 0)].length
		await cluster.prune(0)
		expect([...snapshot.canonicalFrom(CHAIN_A, 0)]).toHaveLength(rows)
		expect(snapshot.logHash(CHAIN_A, snapshot.canonical(CHAIN_A, 3) ?? expect.fail('gone'), 0)).toBeDefined()
		snapshot.done()
	})

	it('the pruned store opens again, and grows', async () => {
		for (let i = 0; i < 20; i++) await cluster.grow({ logs: 2 })
		await cluster.prune(2 * 10)
		await cluster.sweep()
		const before = cluster.store.read((view) =>
			CHAINS.map((id) => [view.firstKept(id), view.localUnsafe(id)]),
		)
		await cluster.store.close()
		const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
		expect(store.read((view) => CHAINS.map((id) => [view.firstKept(id), view.localUnsafe(id)]))).toEqual(
			before,
		)
		await store.close()
		cluster = await reopened(cluster)
		await cluster.grow({ logs: 2 })
		expect(cluster.faults()).toEqual([])
	})
})

/** The same cluster on its store, opened again. */
async function reopened(old: GrowingCluster): Promise<GrowingCluster> {
	const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	return Object.assign(Object.create(GrowingCluster.prototype) as GrowingCluster, { ...old, store })
}

describe('sweeping', () => {
	it('removes records of lost branches up to the final block, and none that a row names', async () => {
		for (let i = 0; i < 12; i++) await cluster.grow({ logs: 2, lost: 2 })
		const final = cluster.store.read((view) => view.finalized(CHAIN_A)?.number ?? 0)
		const records = () => CHAINS.map((chainId) => cluster.store.rowCounts(chainId).logBlocks)
		const all = 12 * PER_L1
		expect(records()).toEqual([3 * all, 3 * all])
		expect(await cluster.sweep()).toBe(2 * 2 * final)
		expect(records()).toEqual([3 * all - 2 * final, 3 * all - 2 * final])
		expect(await cluster.sweep()).toBe(0)
		expect(cluster.faults()).toEqual([])
	})

	it('removes the records of pruned blocks', async () => {
		for (let i = 0; i < 12; i++) await cluster.grow({ logs: 2 })
		await cluster.prune(0)
		const first = cluster.store.read((view) => view.firstKept(CHAIN_A)?.number ?? 0)
		expect(await cluster.sweep()).toBe(2 * (first - 1))
		expect(cluster.faults()).toEqual([])
	})
})

it('the files of a week do not grow after the first days', async () => {
	// Ten steps a day, of which two days are kept; what is removed in one step is written anew in the next.
	const sizes: number[] = []
	const stepsPerDay = 10
	for (let step = 0; step < 7 * stepsPerDay; step++) {
		await cluster.grow({ logs: 40, lost: step % 3 === 0 ? 1 : 0 })
		await cluster.prune(2 * stepsPerDay * PER_L1 * 2)
		await cluster.sweep()
		if (step % stepsPerDay === stepsPerDay - 1)
			sizes.push(cluster.store.environments().reduce((sum, { usedBytes }) => sum + usedBytes, 0))
	}
	const [, , , , fifth = 0] = sizes
	// LMDB never shrinks a file; its last page says how large it has ever been.
	expect(sizes[6]).toBeLessThanOrEqual(fifth * 1.05)
	expect(cluster.faults()).toEqual([])
}, 60_000)
