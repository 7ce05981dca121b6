import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { EarlyChannel, earlyChannelName } from '../../src/indexing/early-channel.js'
import type { SafetyReport } from '../../src/supervisor/promoter.js'
import { SafetyThread } from '../../src/supervisor/safety-thread.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { A, B, C, SmallCluster } from './small-cluster.js'

/** A real thread over a data directory, and the worker that it is made of at any time. */
function threadOver(directory: string) {
	const workers: Worker[] = []
	const onWorker = (worker: Worker) => workers.push(worker)
	process.on('worker', onWorker)
	afterTest(() => process.off('worker', onWorker))
	const earlyChannel = earlyChannelName()
	const reports: SafetyReport[] = []
	const logs = new LogCapture()
	const thread = new SafetyThread(
		{
			directory,
			chains: [A, B, C].map((chainId) => ({ chainId, blockTime: 2, interopTime: 0 })),
			messageExpiryWindow: 3_600n,
			earlyChannel,
			log: { level: 'silent', format: 'json', to: 'stderr' },
		},
		{ log: logs.log, report: (report) => reports.push(report) },
	)
	afterTest(() => thread.close())
	return { thread, workers, reports, logs, earlyChannel }
}

async function promotedTo(cluster: SmallCluster, number: number): Promise<void> {
	await until(
		() => `block ${number}; there are ${cluster.heads(A)}`,
		() => cluster.heads(A).every((head) => head === number),
	)
}

describe('the cross-safety thread', () => {
	it('promotes what is there, sleeps, and goes on with news', async () => {
		const cluster = await SmallCluster.open()
		await cluster.seal(A, 5)
		await cluster.derive(A, 5)
		const { thread, workers, reports } = threadOver(cluster.directory)
		await promotedTo(cluster, 5)
		await cluster.seal(A, 9)
		await cluster.derive(A, 9)
		thread.news()
		await promotedTo(cluster, 9)
		const kinds = () => reports.map(({ kind }) => kind)
		await until('the reports', () => kinds().filter((kind) => kind === 'promoted').length >= 2)
		expect(new Set(kinds())).toEqual(new Set(['found', 'promoted']))
		await thread.close()
		expect(workers.map(({ threadId }) => threadId)).toEqual([-1])
	})

	it('tells of a head that an index thread has decoded, and nobody has stored', async () => {
		const cluster = await SmallCluster.open()
		await cluster.seal(A, 5)
		const { reports, earlyChannel } = threadOver(cluster.directory)
		await until('the stored head', () => cluster.heads(A)[0] === 5)
		const channel = new EarlyChannel(earlyChannel)
		afterTest(() => channel.close())
		const { ref, record } = cluster.early(A, 6)
		channel.post({ chainId: A, ref, record })
		const head = { number: 6, hash: ref.hash }
		await until(
			() => `block 6; told were ${reports.map(({ kind }) => kind)}`,
			() =>
				reports.some((report) => report.kind === 'found' && report.heads[0]?.crossUnsafe?.hash === head.hash),
		)
		expect(reports.at(-1)).toMatchObject({ kind: 'found', heads: [{ chainId: A, crossUnsafe: head }] })
		expect(cluster.heads(A)[0]).toBe(5)
	})

	it('that dies in the midst of promotions is started again, and goes on where the store is', async () => {
		const cluster = await SmallCluster.open()
		const { thread, workers, logs } = threadOver(cluster.directory)
		for (let last = 1_000; last <= 3_000; last += 1_000) {
			await cluster.seal(A, last)
			await cluster.derive(A, last)
			thread.news()
			await until('its first promotions', () => (cluster.heads(A)[0] ?? 0) > last - 1_000)
			const died = workers.length
			// Not terminated: that may strike within LMDB's native code, and takes the process along.
			workers.at(-1)?.postMessage('something else')
			await until('the next one', () => workers.length > died)
		}
		await promotedTo(cluster, 3_000)
		expect(workers).toHaveLength(4)
		const ends = logs.records.filter(({ msg }) => msg.startsWith('the cross-safety thread ended'))
		// The third death in a row is one that an operator has to know of.
		expect(ends.map(({ level }) => level)).toEqual([50, 50, 60])
		// The other threads of the process can still write.
		await cluster.seal(B, 5)
	})

	it('that cannot start is tried again until it can', async () => {
		const directory = temporaryDirectory()
		const { thread, workers, logs } = threadOver(directory)
		await until('three starts', () => workers.length >= 3)
		expect(logs.find(({ msg }) => msg === 'the cross-safety thread failed')?.err).toMatchObject({
			message: expect.stringContaining(directory),
		})
		const cluster = await SmallCluster.open(directory)
		await cluster.seal(A, 5)
		await cluster.derive(A, 5)
		thread.news()
		await promotedTo(cluster, 5)
	})

	it('can be closed while it is between two lives', async () => {
		const { thread, workers, logs } = threadOver(temporaryDirectory())
		await logs.logged('its death', ({ msg }) => msg.startsWith('the cross-safety thread ended'))
		const lives = workers.length
		await thread.close()
		expect(workers).toHaveLength(lives)
	})

	it('ends the round in hand when it is closed', async () => {
		const cluster = await SmallCluster.open()
		await cluster.seal(A, 1_500)
		const { thread, logs } = threadOver(cluster.directory)
		await thread.close()
		expect(logs.records).toEqual([])
		// Nothing of a round is stored, or all of it.
		expect([0, 1_500]).toContain(cluster.heads(A)[0])
	})
})
