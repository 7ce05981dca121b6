import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { blockId } from '../../src/protocol/block.js'
import { StorageWriteError } from '../../src/storage/index.js'
import { Promoter, type PromotionStore, type SafetyReport } from '../../src/supervisor/promoter.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { A, B, C, SmallCluster } from './small-cluster.js'

/** Turns of the event loop within which a round that was asked for has begun. */
const TURNS = 200
/** That nothing happens takes time to see: long enough for any polling that deserves the name. */
const QUIET_MS = 150

/** A promoter over the real store, with its reads and commits counted. */
function promoted(cluster: SmallCluster, beforePromote: (commit: number) => unknown = () => undefined) {
	const counts = { rounds: 0, commits: 0, verified: 0 }
	let committing = 0
	const reports: SafetyReport[] = []
	const store: PromotionStore = {
		read: (action) => {
			counts.rounds++
			return cluster.store.read((view) => {
				const verified = view.executingMessages
				view.executingMessages = (...block) => {
					counts.verified++
					return verified.apply(view, block)
				}
				return action(view)
			})
		},
		promote: async (promotion) => {
			counts.commits++
			committing++
			try {
				await beforePromote(counts.commits)
				return await cluster.store.promote(promotion)
			} finally {
				committing--
			}
		},
	}
	const logs = new LogCapture()
	const { rules } = cluster
	const promoter = new Promoter({ store, rules, log: logs.log, report: (report) => reports.push(report) })
	afterTest(() => promoter.close())
	const news = async () => {
		const before = { ...counts }
		promoter.news()
		await until('a round', () => counts.rounds > before.rounds)
		await asleep()
		return { rounds: counts.rounds - before.rounds, verified: counts.verified - before.verified }
	}
	const asleep = async () => {
		let rounds = -1
		// A commit can be read before it is told of. What follows it is a matter of few turns; then there is no more.
		while (rounds !== counts.rounds) {
			rounds = counts.rounds
			await until('the end of the commit', () => committing === 0)
			for (let i = 0; i < TURNS; i++) await turn()
		}
	}
	const heads = async (at: Partial<Record<'a' | 'b' | 'c', number>>) => {
		const chains = { a: A, b: B, c: C } as const
		await until(
			() => JSON.stringify([A, B, C].map((chainId) => cluster.heads(chainId))),
			() =>
				Object.entries(at).every(([name, number]) =>
					cluster.heads(chains[name as 'a']).every((head) => head === number),
				),
		)
	}
	return { promoter, counts, reports, logs, news, asleep, heads }
}

it('promotes many blocks in one transaction, each verified once unsafe and once safe', async () => {
	const cluster = await SmallCluster.open()
	for (const chainId of [A, B]) {
		await cluster.seal(chainId, 400)
		await cluster.derive(chainId, 400)
	}
	const { counts, heads, reports, asleep } = promoted(cluster)
	await heads({ a: 400, b: 400 })
	await asleep()
	expect(counts.commits).toBe(1)
	expect(counts.verified).toBe(4 * 400)
	expect(reports).toMatchObject([
		{
			kind: 'found',
			heads: [
				{ chainId: A, crossUnsafe: { number: 400 }, crossSafe: { number: 400 } },
				{ chainId: B, crossUnsafe: { number: 400 }, crossSafe: { number: 400 } },
				{ chainId: C, crossSafe: { number: 0 } },
			],
		},
		{ kind: 'promoted', counts: { rounds: 1, discarded: 0 } },
	])
})

it('tells of heads before they are stored', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 3)
	await cluster.derive(A, 2)
	let store = () => {}
	const { reports } = promoted(cluster, () => new Promise<void>((resolve) => (store = resolve)))
	await until('the heads', () => reports.length > 0)
	const { generation } = cluster.store.read((view) => ({ generation: view.generation }))
	const crossUnsafe = { number: 3, hash: cluster.block(A, 3).hash }
	const crossSafe = { number: 2, hash: cluster.block(A, 2).hash, scope: 1 }
	const heads = [
		{ chainId: A, crossUnsafe, crossSafe },
		...[B, C].map((chainId) => ({
			...{ chainId, crossSafe: { ...blockId(cluster.block(chainId, 0)), scope: 1 } },
		})),
	]
	expect(reports).toEqual([{ kind: 'found', generation, heads }])
	expect(cluster.heads(A)[0]).not.toBe(3)
	expect(cluster.heads(A)[1]).not.toBe(2)
	store()
	await until('the commit', () => reports.length === 2)
	expect(cluster.store.read((view) => view.crossUnsafe(A))).toEqual(crossUnsafe)
	expect(cluster.store.read((view) => view.crossSafeHead(A))).toEqual(crossSafe)
})

it('commits a long run in rounds, so that a cut voids little', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 2_500)
	await cluster.derive(A, 2_500)
	const { counts, heads } = promoted(cluster)
	await heads({ a: 2_500 })
	expect(counts.commits).toBe(3)
	expect(counts.verified).toBe(2 * 2_500)
})

it('sleeps without news, and verifies nothing again that cannot have changed', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 2, [{ chainId: B, block: 2 }])
	await cluster.derive(A, 2)
	const { counts, heads, news, asleep } = promoted(cluster)
	await heads({ a: 1 })
	await asleep()
	await sleep(QUIET_MS)
	expect(counts.rounds).toBe(1)

	// The round's own commit is news to what waits; after that there is none.
	await news()
	expect(await news()).toEqual({ rounds: 1, verified: 0 })
	await cluster.seal(C, 1)
	expect((await news()).verified).toBe(1)
	await cluster.seal(B, 2)
	await cluster.derive(B, 2)
	await news()
	await heads({ a: 2, b: 2 })
})

it('throws a promotion away when the cluster was cut meanwhile, counts it, and promotes what holds then', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 5)
	await cluster.derive(A, 3)
	const { reports, heads } = promoted(cluster, async (commit) => {
		if (commit === 1) await cluster.store.cutCanonical(A, cluster.block(A, 3))
	})
	await heads({ a: 3 })
	await until('the report', () => reports.some(({ kind }) => kind === 'promoted'))
	const { generation } = cluster.store.read((view) => ({ generation: view.generation }))
	const unsafe = reports.flatMap((report) => (report.kind === 'found' ? [report.heads] : []))
	expect(unsafe.map((heads) => heads.filter(({ crossUnsafe }) => crossUnsafe))).toMatchObject([
		[{ chainId: A, crossUnsafe: { number: 5 } }],
		[{ chainId: A, crossUnsafe: { number: 3 } }],
	])
	expect(reports).toMatchObject([
		// Whoever hears of it sees by the generation that it is void.
		{ kind: 'found', generation: generation - 1 },
		{ kind: 'found', generation },
		{ kind: 'promoted', counts: { rounds: 2, discarded: 1 } },
	])
})

it('waits when it cannot write, says so, and goes on by itself', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 3)
	await cluster.derive(A, 3)
	const { reports, logs, heads } = promoted(cluster, (commit) => {
		if (commit <= 2) throw new StorageWriteError('/full', 'ENOSPC', 'no space left on device', false)
	})
	await heads({ a: 3 })
	await until('the reports', () => reports.some(({ kind }) => kind === 'promoted'))
	const kinds = ['found', 'trouble', 'found', 'trouble', 'found', 'promoted']
	expect(reports.map(({ kind }) => kind)).toEqual(kinds)
	expect(logs.records.filter(({ msg }) => msg === 'promotions cannot be written')).toHaveLength(2)
})

it('ends at once while it waits', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 3)
	const { promoter, reports } = promoted(cluster, () => {
		throw new StorageWriteError('/full', 'ENOSPC', 'no space left on device', false)
	})
	await until('trouble', () => reports.some(({ kind }) => kind === 'trouble'))
	await promoter.close()
	expect(cluster.heads(A)).toEqual([0, undefined])
})

it('reports an invalid block once in each generation', async () => {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 2, [{ chainId: B, block: 1, log: 9 }])
	await cluster.derive(A, 2)
	await cluster.seal(B, 3)
	await cluster.derive(B, 2)
	const { reports, heads, news } = promoted(cluster)
	await heads({ a: 1 })
	for (let i = 0; i < 3; i++) await news()
	const invalid = () => reports.filter(({ kind }) => kind === 'invalid')
	const { generation } = cluster.store.read((view) => ({ generation: view.generation }))
	expect(invalid()).toMatchObject([
		{
			generation,
			chainId: A,
			block: { number: 2, hash: cluster.block(A, 2).hash },
			scope: 1,
			reason: expect.stringMatching(/log 0 .*chain 902 block 1 log 9: block 1 has no log 9/),
		},
	])
	await cluster.store.cutCanonical(B, cluster.block(B, 2))
	await news()
	expect(invalid()).toMatchObject([{ generation }, { generation: generation + 1 }])
})
