import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import { openLogWriter, openReader, openSafetyStore, openStore, type Store } from '../../src/storage/index.js'
import { CHAIN_A, CHAIN_B, chainOf, IDENTITIES, packed, sealedOf, silent } from './sample-chain.js'

const blocks = chainOf(CHAIN_A, 6)
const [genesis, first, second, third] = blocks as [BlockRef, BlockRef, BlockRef, BlockRef]
const l1 = chainOf('l1', 6)
const [l1Genesis] = l1 as [BlockRef]

let directory: string
let store: Store

beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), 'vigil-remembered-'))
	store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	const writer = openLogWriter({ directory, chainId: CHAIN_A })
	await writer.writeBatch(blocks.slice(1).map((block) => packed(block, 1)))
	await writer.close()
	await store.startChain(CHAIN_A, genesis)
})
afterEach(async () => {
	await store.close()
	rmSync(directory, { recursive: true })
})

const seal = (...run: BlockRef[]) =>
	store.seal(
		CHAIN_A,
		run.map((block) => sealedOf(block, 1)),
	)
const head = (of: Pick<Store, 'read'>) => of.read((view) => view.localUnsafe(CHAIN_A)?.number)

it('reads a value once for each state of the store, whichever snapshot asks', async () => {
	let reads = 0
	const read = () => store.read((view) => view.remembered('reads', () => ++reads))
	expect([read(), read()]).toEqual([1, 1])
	await seal(first)
	expect([read(), read()]).toEqual([2, 2])
	expect(store.read((view) => view.remembered('reads', () => 'of a chain', [CHAIN_A]))).toBe('of a chain')
})

it('remembers that there is no value', () => {
	let reads = 0
	const read = () =>
		store.read((view) =>
			view.remembered('nothing', () => {
				reads++
				return undefined
			}),
		)
	expect([read(), read(), reads]).toEqual([undefined, undefined, 1])
})

it('answers an old snapshot from its own state, after newer ones have asked', async () => {
	await seal(first)
	const old = store.snapshot()
	await seal(second)
	expect(head(store)).toBe(2)
	expect(old.localUnsafe(CHAIN_A)?.number).toBe(1)
	expect(old.localSafeHead(CHAIN_A)).toBeUndefined()
	expect(head(store)).toBe(2)
	old.done()
})

it('sees what other openers commit, and each kind of head after each kind of write', async () => {
	const reader = await openReader({ directory, chains: [CHAIN_A, CHAIN_B] })
	const safety = await openSafetyStore({ directory, chains: [CHAIN_A, CHAIN_B] }, { log: silent })
	const openers = [store, reader, safety]
	const heads = () =>
		openers.map((opener) =>
			opener.read((view) => ({
				localUnsafe: view.localUnsafe(CHAIN_A)?.number,
				localSafe: view.localSafeHead(CHAIN_A)?.derived.number,
				crossUnsafe: view.crossUnsafe(CHAIN_A)?.number,
				crossSafe: view.crossSafeHead(CHAIN_A)?.number,
				finalized: view.finalized(CHAIN_A)?.number,
				l1: view.l1Head?.number,
				lastSource: view.lastSource(CHAIN_A)?.derived.number,
				disputed: view.disputed(CHAIN_A)?.block.number,
				pending: view.pendingInvalidation(CHAIN_A)?.block.number,
			})),
		)
	const expectHeads = (expected: object) => {
		for (const seen of heads()) expect(seen).toMatchObject(expected)
	}
	expectHeads({ localUnsafe: 0, crossUnsafe: 0 })
	await seal(first, second, third)
	expectHeads({ localUnsafe: 3, localSafe: undefined })
	const steps = [genesis, genesis, first, first, second]
	const links = steps.map((derived, i) => ({ source: l1[Math.ceil(i / 2)] ?? l1Genesis, derived }))
	await store.appendLinks(CHAIN_A, { links })
	expectHeads({ localSafe: 2, l1: 2, lastSource: 2, crossSafe: undefined })
	const { generation } = store.read((view) => ({ generation: view.generation }))
	const crossSafe = [{ hash: first.hash, number: 1, scope: 1 }]
	const entries = [{ hash: genesis.hash, number: 0, scope: 1 }, ...crossSafe]
	await safety.promote({
		generation,
		chains: [{ chainId: CHAIN_A, crossSafe: entries, crossUnsafe: { hash: first.hash, number: 1 } }],
	})
	expectHeads({ crossSafe: 1, crossUnsafe: 1, finalized: undefined })
	await store.setFinalizedL1(l1[1] ?? l1Genesis)
	expectHeads({ finalized: 1 })
	await store.setDisputed(CHAIN_A, { block: { hash: second.hash, number: 2 }, other: third.hash })
	expectHeads({ disputed: 2 })
	await store.setDisputed(CHAIN_A, undefined)
	expectHeads({ disputed: undefined })
	await store.invalidate(CHAIN_A, { block: second, source: 2, scope: 2, rule: 'test', time: 1 })
	expectHeads({ pending: 2, localUnsafe: 1, localSafe: 1 })
	await reader.close()
	await safety.close()
})
