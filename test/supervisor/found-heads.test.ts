import { expect, it } from 'vitest'
import { FoundHeads } from '../../src/supervisor/found-heads.js'
import { A, B, SmallCluster } from '../promotion/small-cluster.js'

async function found() {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 5)
	const heads = new FoundHeads()
	const { store } = cluster
	const generation = () => store.read((view) => view.generation)
	return {
		cluster,
		add: (number: number, of = generation()) => heads.add(A, cluster.block(A, number), of),
		newest: (chainId = A) => store.read((view) => heads.newest(view, chainId)?.number),
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

it('a cut takes what was found before it away', async () => {
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
