import { expect, it } from 'vitest'
import { FoundHeads } from '../../src/supervisor/found-heads.js'
import { A, B, SmallCluster } from '../promotion/small-cluster.js'

async function found() {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 5)
	let now = 0
	const heads = new FoundHeads(() => now)
	const { store } = cluster
	const generation = () => store.read((view) => view.generation)
	const newest = (chainId = A) => store.read((view) => heads.newest(view, chainId))
	return {
		cluster,
		add: (number: number, of = generation()) =>
			store.read((view) => heads.add(view, [{ chainId: A, crossUnsafe: cluster.block(A, number) }], of)),
		addSafe: (number: number, scope: number, chainId = A) =>
			store.read((view) =>
				heads.add(view, [{ chainId, crossSafe: { ...cluster.block(chainId, number), scope } }], generation()),
			),
		newest: (chainId = A) => newest(chainId).crossUnsafe?.number,
		newestSafe: (chainId = A) => {
			const { crossSafe } = newest(chainId)
			return crossSafe === undefined ? [] : [crossSafe.number, crossSafe.scope]
		},
		pass: (ms: number) => {
			now += ms
		},
		store,
		generation,
	}
}

it('a found head stands above the stored one until that comes up to it', async () => {
	const { cluster, add, newest, store, generation } = await found()
	expect(newest()).toBe(0)
	add(4)
	expect(newest()).toBe(4)
	add(3)
	expect(newest()).toBe(4)
	expect(newest(B)).toBe(0)
	const promote = (number: number) =>
		store.promote({
			generation: generation(),
			chains: [{ chainId: A, crossUnsafe: cluster.block(A, number) }],
		})
	await promote(3)
	expect(newest()).toBe(4)
	await promote(5)
	expect(newest()).toBe(5)
})

it('of cross-safe heads at one block the one of the later scope is the newer', async () => {
	const { cluster, addSafe, newest, newestSafe, store, generation } = await found()
	const promote = (number: number, scope: number) =>
		store.promote({
			generation: generation(),
			chains: [{ chainId: A, crossSafe: [{ ...cluster.block(A, number), scope }] }],
		})
	await cluster.derive(A, 3)
	await promote(0, 1)
	const scope = newestSafe()[1] ?? 0
	await cluster.enter(A, scope + 1)
	addSafe(2, scope)
	expect(newestSafe()).toEqual([2, scope])
	addSafe(2, scope + 1)
	addSafe(2, scope)
	expect(newestSafe()).toEqual([2, scope + 1])
	await promote(1, scope)
	await promote(2, scope)
	expect(newestSafe()).toEqual([2, scope + 1])
	await promote(3, scope)
	expect(newestSafe()).toEqual([3, scope])
	// Cross-unsafe that was stored with it, because cross-safe overtook it.
	expect(newest()).toBe(3)
})

it('a cross-unsafe head that is not stored in time never will be, a cross-safe one is waited for', async () => {
	const { cluster, add, addSafe, newest, newestSafe, pass } = await found()
	await cluster.derive(A, 3)
	add(4)
	addSafe(3, 1)
	pass(4_000)
	expect(newest()).toBe(4)
	// The disk stands still for a minute.
	pass(60_000)
	expect(newest()).toBe(0)
	expect(newestSafe()).toEqual([3, 1])
	add(2)
	expect(newest()).toBe(2)
})

it('a cut takes cross-unsafe heads that were found before it away', async () => {
	const { cluster, add, newest, store, generation } = await found()
	add(5)
	const before = generation()
	await store.cutCanonical(A, cluster.block(A, 3))
	expect(newest()).toBe(0)
	add(5, before)
	expect(newest()).toBe(0)
	add(3)
	expect(newest()).toBe(3)
})

it('a cross-safe head outlives cuts above it, and its like on a chain that another may rest on', async () => {
	const { cluster, addSafe, newestSafe, store } = await found()
	await cluster.derive(A, 3)
	await cluster.derive(B, 2)
	addSafe(3, 1)
	addSafe(2, 1, B)
	await store.cutCanonical(A, cluster.block(A, 4))
	expect([newestSafe(), newestSafe(B)]).toEqual([
		[3, 1],
		[2, 1],
	])
	await store.cutLocalSafe(B, 1)
	expect([newestSafe(), newestSafe(B)]).toEqual([[], []])
})

it('an L1 reorg and a dispute take cross-safe heads away', async () => {
	const { cluster, addSafe, newestSafe, store } = await found()
	await cluster.derive(A, 3)
	addSafe(3, 1)
	const other = cluster.block(B, 9).hash
	await store.setDisputed(A, { block: cluster.block(A, 4), other })
	expect(newestSafe()).toEqual([3, 1])
	await store.setDisputed(A, { block: cluster.block(A, 3), other })
	expect(newestSafe()).toEqual([])
	await store.setDisputed(A, undefined)
	addSafe(3, 1)
	const genesis = store.read((view) => view.l1(0))
	if (genesis === undefined) throw new Error('no L1 block 0')
	await store.cutL1(genesis)
	expect(newestSafe()).toEqual([])
})
