import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import {
	AwaitingReplacementError,
	ConflictError,
	FutureDataError,
	OutOfOrderError,
} from '../../src/protocol/errors.js'
import { openLogWriter, openSafetyStore, openStore, type Store } from '../../src/storage/index.js'
import { CHAIN_A, CHAIN_B, chainOf, childOf, IDENTITIES, packed, sealedOf, silent } from './sample-chain.js'

const blocks = chainOf(CHAIN_A, 6)
const l1 = chainOf('l1', 5)
const block = (number: number): BlockRef => blocks[number] ?? expect.fail()
const source = (number: number): BlockRef => l1[number] ?? expect.fail()
const link = (s: number, d: number) => ({ source: source(s), derived: block(d) })
const entry = (number: number, scope: number) => ({ hash: block(number).hash, number, scope })

let directory: string
let store: Store

beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), 'vigil-safety-'))
	store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	const writer = openLogWriter({ directory, chainId: CHAIN_A })
	// Out of order on purpose: LMDB refuses such an append silently, and the writer must not.
	for (const ref of [...blocks].reverse()) await writer.writeBatch([packed(ref, 2)])
	await writer.close()
	await store.startChain(CHAIN_A, block(0))
	await store.seal(
		CHAIN_A,
		blocks.slice(1).map((ref) => sealedOf(ref, 2)),
	)
	await store.appendLinks(CHAIN_A, {
		links: [link(0, 0), link(1, 0), link(1, 1), link(1, 2), link(2, 2), link(2, 3)],
	})
	const crossSafe = [entry(0, 0), entry(0, 1), entry(1, 1)]
	await store.promote({ generation: 0, chains: [{ chainId: CHAIN_A, crossSafe, crossUnsafe: block(4) }] })
})
afterEach(async () => {
	await store.close()
	rmSync(directory, { recursive: true })
})

const heads = () =>
	store.read((view) => ({
		unsafe: view.localUnsafe(CHAIN_A)?.number,
		crossUnsafe: view.crossUnsafe(CHAIN_A)?.number,
		localSafe: view.localSafeHead(CHAIN_A)?.derived.number,
		source: view.localSafeHead(CHAIN_A)?.source.number,
		crossSafe: view.crossSafeHead(CHAIN_A)?.number,
		finalized: view.finalized(CHAIN_A)?.number,
		generation: view.generation,
	}))

describe('promotions', () => {
	it('are seen by every opener, and are void after a cut', async () => {
		const safety = await openSafetyStore(
			{ directory, chains: IDENTITIES.map((c) => c.chainId) },
			{ log: silent },
		)
		const old = store.snapshot()
		const promotion = { generation: 0, chains: [{ chainId: CHAIN_A, crossSafe: [entry(2, 1)] }] }
		expect(await safety.promote(promotion)).toBe(true)
		expect(heads().crossSafe).toBe(2)
		expect(old.crossSafeHead(CHAIN_A)?.number).toBe(1)
		old.done()
		await store.cutCanonical(CHAIN_A, block(3))
		expect(
			await safety.promote({ ...promotion, chains: [{ chainId: CHAIN_A, crossSafe: [entry(2, 2)] }] }),
		).toBe(false)
		expect(heads()).toMatchObject({ crossSafe: 2, crossUnsafe: 3, generation: 1 })
		await safety.close()
		expect(heads().crossSafe).toBe(2)
	})

	it.each([
		['a block that leaves a gap', entry(3, 1), OutOfOrderError],
		['a scope that leaves a gap', entry(1, 3), OutOfOrderError],
		['a block and a scope at once', entry(2, 2), OutOfOrderError],
		['a block that is not local-safe', { ...entry(2, 1), hash: block(3).hash }, ConflictError],
	])('are refused for %s', async (_, wrong, error) => {
		const promotion = { generation: 0, chains: [{ chainId: CHAIN_A, crossSafe: [wrong] }] }
		await expect(store.promote(promotion)).rejects.toThrow(error)
		expect(heads().crossSafe).toBe(1)
	})

	it('become final with their scope, and finality never goes back', async () => {
		await store.setFinalizedL1(source(1))
		expect(heads().finalized).toBe(1)
		await store.setFinalizedL1(source(0))
		expect(heads().finalized).toBe(1)
		await expect(store.setFinalizedL1({ ...source(2), hash: block(2).hash })).rejects.toThrow(ConflictError)
		await expect(store.cutL1(source(0))).rejects.toThrow(ConflictError)
	})

	it('an L1 reorg below the source of the first block leaves only the log index, and another first block may come', async () => {
		const other = childOf(CHAIN_B, undefined, 'other')
		const first = childOf(CHAIN_B, undefined)
		await store.startChain(CHAIN_B, first)
		await store.appendLinks(CHAIN_B, { links: [{ source: source(2), derived: first }] })
		await store.promote({
			generation: 0,
			chains: [{ chainId: CHAIN_B, crossSafe: [{ hash: first.hash, number: 0, scope: 2 }] }],
		})
		await expect(store.startChain(CHAIN_B, other)).rejects.toThrow(ConflictError)
		await store.cutL1(source(1))
		const onOther = { source: childOf('l1', source(1), 'other'), derived: first }
		expect(store.read((view) => [view.localSafeHead(CHAIN_B), view.crossSafeHead(CHAIN_B)])).toEqual([
			undefined,
			undefined,
		])
		expect(store.read((view) => view.anchor(CHAIN_B)?.hash)).toBe(first.hash)
		await store.startChain(CHAIN_B, other)
		expect(store.read((view) => [view.anchor(CHAIN_B)?.hash, view.crossUnsafe(CHAIN_B)?.hash])).toEqual([
			other.hash,
			other.hash,
		])
		await store.startChain(CHAIN_B, first)
		await store.appendLinks(CHAIN_B, { links: [onOther] })
	})

	it('are cut with L1, but for the anchor', async () => {
		await store.cutL1(source(0))
		expect(heads()).toMatchObject({ localSafe: 0, source: 0, crossSafe: 0, unsafe: 5, generation: 1 })
	})
})

describe('an invalidation', () => {
	const invalid = { block: block(2), source: 1, scope: 2, rule: 'conflict', time: 1 }
	const { parentHash, timestamp, number } = block(2)
	const replacement = {
		...sealedOf(childOf(CHAIN_A, block(1), 'replacement'), 1),
		parentHash,
		timestamp,
		number,
	}

	it('leaves a durable marker at which everything waits for the replacement', async () => {
		await store.invalidate(CHAIN_A, invalid)
		expect(heads()).toMatchObject({ unsafe: 1, crossUnsafe: 1, localSafe: 1, source: 2, crossSafe: 1 })
		await store.close()
		store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
		expect(store.read((view) => view.pendingInvalidation(CHAIN_A))).toEqual({ ...invalid, replacement: null })
		await expect(store.seal(CHAIN_A, [sealedOf(block(2), 2)])).rejects.toThrow(AwaitingReplacementError)
		await expect(store.appendLinks(CHAIN_A, { links: [link(3, 1)] })).rejects.toThrow(
			AwaitingReplacementError,
		)

		await expect(store.replace(CHAIN_A, { ...replacement, timestamp: timestamp + 1 })).rejects.toThrow(
			ConflictError,
		)
		await store.replace(CHAIN_A, replacement)
		expect(heads()).toMatchObject({ unsafe: 2, localSafe: 2, source: 2 })
		store.read((view) => {
			expect(view.pendingInvalidation(CHAIN_A)).toBeUndefined()
			expect(view.invalidated(CHAIN_A, block(2))?.replacement).toEqual({ hash: replacement.hash, number: 2 })
			expect(view.localSafe(CHAIN_A, 2)).toMatchObject({ hash: replacement.hash, source: 2, scope: 2 })
		})
		await store.cutCanonical(CHAIN_A, block(1))
		await expect(store.seal(CHAIN_A, [sealedOf(block(2), 2)])).rejects.toThrow(ConflictError)
		await expect(store.replace(CHAIN_A, replacement)).rejects.toThrow(ConflictError)
	})

	it('is forgotten when L1 is cut below its scope', async () => {
		await store.invalidate(CHAIN_A, invalid)
		await store.cutL1(source(1))
		expect(store.read((view) => view.invalidatedBlocks(CHAIN_A))).toEqual([])
		expect(heads()).toMatchObject({ localSafe: 1, source: 1, crossSafe: 1 })
		await store.appendLinks(CHAIN_A, { links: [link(1, 2)] })
	})
})

describe('links that do not fit', () => {
	const other = childOf('l1', source(1), 'other')
	it.each([
		['both advance at once', { source: source(3), derived: block(4) }, OutOfOrderError],
		['a gap in L2', { source: source(2), derived: block(5) }, FutureDataError],
		['a gap in L1', { source: source(4), derived: block(3) }, FutureDataError],
		['another source at the height', { source: other, derived: block(3) }, ConflictError],
		['a source behind', { source: source(1), derived: block(3) }, OutOfOrderError],
		['a derived block behind', { source: source(2), derived: block(2) }, OutOfOrderError],
		['another derived block', { source: source(2), derived: childOf(CHAIN_A, block(2), 'x') }, ConflictError],
		[
			'a wrong parent',
			{ source: source(2), derived: { ...block(4), parentHash: block(1).hash } },
			ConflictError,
		],
	])('are refused with all of their batch: %s', async (_, wrong, error) => {
		const batch = { links: [link(2, 3), wrong], complete: [1] }
		await expect(store.appendLinks(CHAIN_A, batch)).rejects.toThrow(error)
		expect(heads()).toMatchObject({ localSafe: 3, source: 2 })
	})
})
