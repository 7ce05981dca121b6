import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import {
	ConflictError,
	FutureDataError,
	OutOfOrderError,
	UnknownChainError,
} from '../../src/protocol/errors.js'
import { openLogWriter, openStore, type Store } from '../../src/storage/index.js'
import {
	CHAIN_A,
	CHAIN_B,
	chainOf,
	childOf,
	hashOf,
	IDENTITIES,
	logHash,
	logsOf,
	packed,
	sealedOf,
	silent,
} from './sample-chain.js'

const blocks = chainOf(CHAIN_A, 40)
const [genesis, first] = blocks as [(typeof blocks)[0], (typeof blocks)[0]]
const l1 = chainOf('l1', 10)
const LOGS = 5

let directory: string
let store: Store

beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), 'vigil-store-'))
	store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
})
afterEach(async () => {
	await store.close()
	rmSync(directory, { recursive: true })
})

async function index(chainId: ChainId, list: typeof blocks): Promise<void> {
	const writer = openLogWriter({ directory, chainId })
	await writer.writeBatch(list.map((block) => packed(block, LOGS)))
	await writer.close()
}

const run = (list: typeof blocks) => list.map((block) => sealedOf(block, LOGS))

describe('sealing', () => {
	beforeEach(async () => {
		await store.startChain(CHAIN_A, genesis)
		await index(CHAIN_A, blocks.slice(1))
	})

	it('makes a run the local-unsafe chain, and its logs readable', async () => {
		await store.seal(CHAIN_A, run(blocks.slice(1, 30)))
		await store.seal(CHAIN_A, run(blocks.slice(30)))
		store.read((snapshot) => {
			expect(snapshot.localUnsafe(CHAIN_A)).toEqual(sealedOf(blocks[39] ?? genesis, LOGS))
			expect(snapshot.localUnsafe(CHAIN_B)).toBeUndefined()
			expect([...snapshot.canonicalFrom(CHAIN_A, 1)]).toEqual(run(blocks.slice(1)))
			expect(snapshot.canonical(CHAIN_A, 17)).toEqual(sealedOf(blocks[17] ?? genesis, LOGS))
			expect(snapshot.anchor(CHAIN_A)).toEqual(sealedOf(genesis, 0))
			const id = blocks[17] ?? genesis
			expect(Buffer.from(snapshot.logHash(CHAIN_A, id, 3) ?? [])).toEqual(logHash(id, 3))
			expect(snapshot.logHash(CHAIN_A, id, LOGS)).toBeUndefined()
			expect(snapshot.logBlock(CHAIN_A, id)).toEqual({ ref: id, logs: logsOf(id, LOGS) })
			expect(snapshot.executingMessages(CHAIN_A, id)).toEqual(logsOf(id, LOGS).executing)
		})
	})

	it('knows no logs of the anchor, and says of blocks that it does not have that they are unknown', () => {
		store.read((snapshot) => {
			expect(snapshot.logHash(CHAIN_A, genesis, 0)).toBeUndefined()
			expect(snapshot.executingMessages(CHAIN_A, genesis)).toEqual([])
			const other = childOf(CHAIN_A, genesis, 'other')
			expect(() => snapshot.logHash(CHAIN_A, other, 0)).toThrow(FutureDataError)
			expect(() => snapshot.logHash(5n as ChainId, other, 0)).toThrow(UnknownChainError)
		})
	})

	it('refuses a run that does not continue the chain, and writes nothing of it', async () => {
		const good = run(blocks.slice(1, 5))
		const last = good.at(-1) ?? sealedOf(genesis, 0)
		const wrongParent = { ...last, parentHash: genesis.hash }
		const sameTime = { ...last, timestamp: last.timestamp - 2 }
		await expect(store.seal(CHAIN_A, good.slice(1))).rejects.toThrow(FutureDataError)
		await expect(store.seal(CHAIN_A, [...good.slice(0, 3), wrongParent])).rejects.toThrow(ConflictError)
		await expect(store.seal(CHAIN_A, [...good.slice(0, 3), sameTime])).rejects.toThrow(ConflictError)
		await expect(store.seal(CHAIN_A, [...good, ...good])).rejects.toThrow(OutOfOrderError)
		await expect(store.seal(CHAIN_B, good)).rejects.toThrow(OutOfOrderError)
		expect(store.read((snapshot) => snapshot.localUnsafe(CHAIN_A)?.number)).toBe(0)
		await store.seal(CHAIN_A, good)
		await expect(store.seal(CHAIN_A, good)).rejects.toThrow(OutOfOrderError)
	})

	it('refuses a block whose logs are not committed, or are those of another block', async () => {
		const other = childOf(CHAIN_A, genesis, 'other')
		await expect(store.seal(CHAIN_A, run([other]))).rejects.toThrow(FutureDataError)
		await expect(store.seal(CHAIN_A, [sealedOf(first, LOGS + 1)])).rejects.toThrow(ConflictError)
	})

	it('cuts back, keeps the log blocks, and raises the generation', async () => {
		await store.seal(CHAIN_A, run(blocks.slice(1)))
		await store.cutCanonical(CHAIN_A, blocks[10] ?? genesis)
		store.read((snapshot) => {
			expect(snapshot.generation).toBe(1)
			expect(snapshot.localUnsafe(CHAIN_A)?.number).toBe(10)
			expect(snapshot.logHash(CHAIN_A, blocks[11] ?? genesis, 0)).toBeDefined()
		})
		const off = { number: 5, hash: genesis.hash }
		await expect(store.cutCanonical(CHAIN_A, off)).rejects.toThrow(ConflictError)
		await store.seal(CHAIN_A, run(blocks.slice(11)))
		expect(store.read((snapshot) => snapshot.localUnsafe(CHAIN_A)?.number)).toBe(39)
	})
})

describe('links', () => {
	const link = (source: number, derived: number) => ({
		source: l1[source] ?? genesis,
		derived: blocks[derived] ?? genesis,
	})

	it('appends sources and local-safe blocks, completing the sources that are left', async () => {
		const links = [link(0, 0), link(1, 0), link(1, 1), link(1, 2), link(2, 2), link(3, 2), link(3, 3)]
		await store.appendLinks(CHAIN_A, { links, complete: [3], derivationOrigin: link(3, 3).source })
		store.read((snapshot) => {
			expect(snapshot.localSafeHead(CHAIN_A)).toEqual({
				source: { hash: l1[3]?.hash, number: 3 },
				derived: { ...blocks[3], source: 3, scope: null },
			})
			expect(
				[...snapshot.sources(CHAIN_A)].map((row) => [row.source.number, row.derived.number, row.complete]),
			).toEqual([
				[0, 0, true],
				[1, 2, true],
				[2, 2, true],
				[3, 3, true],
			])
			expect(snapshot.localSafe(CHAIN_A, 2)?.source).toBe(1)
			expect(snapshot.l1Head).toEqual(l1[3])
			expect(snapshot.derivationOrigin(CHAIN_A)).toEqual(l1[3])
		})
	})

	it('takes links of chains that start from L1 blocks far apart, and L1 blocks between them only if they fit', async () => {
		const far = { hash: hashOf('l1 far'), number: 9, parentHash: hashOf('l1 before far'), timestamp: 1_000 }
		await store.appendLinks(CHAIN_A, { links: [link(0, 0)] })
		await store.appendLinks(CHAIN_A, { l1: [far] })
		const misfit = { ...far, number: 8, hash: hashOf('other'), parentHash: hashOf('l1 7') }
		await expect(store.appendLinks(CHAIN_A, { l1: [misfit] })).rejects.toThrow(ConflictError)
		await store.appendLinks(CHAIN_A, { l1: [{ ...misfit, hash: far.parentHash }] })
		expect(store.read((snapshot) => snapshot.l1(8)?.hash)).toBe(far.parentHash)
		const other = { ...far, hash: hashOf('l1 other') }
		await expect(store.appendLinks(CHAIN_A, { l1: [other] })).rejects.toThrow(ConflictError)
	})
})
