import { expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { Promoter, type SafetyReport } from '../../src/supervisor/promoter.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { A, B, SmallCluster, type SmallMessage } from './small-cluster.js'

/** A promoter at rest over a store whose chains are at block 5. */
async function atRest() {
	const cluster = await SmallCluster.open()
	for (const chainId of [A, B]) await cluster.seal(chainId, 5)
	const reports: SafetyReport[] = []
	const logs = new LogCapture()
	const { rules, store } = cluster
	const promoter = new Promoter({ store, rules, log: logs.log, report: (report) => reports.push(report) })
	afterTest(() => promoter.close())
	const promoted = async (number: number) => {
		promoter.news()
		await until(
			() => `block ${number}: ${cluster.heads(A)}`,
			() => cluster.heads(A)[0] === number,
		)
	}
	await promoted(5)
	await until('the report of it', () => reports.at(-1)?.kind === 'promoted')
	/** What is told when this block is decoded; an early block is checked within the call. */
	const early = (chainId: ChainId, number: number, messages: readonly SmallMessage[] = []) => {
		const before = reports.length
		promoter.early(chainId, cluster.early(chainId, number, messages))
		return reports.slice(before).map((report) => {
			if (report.kind !== 'found') throw new Error(`a report of kind ${report.kind}`)
			return report.heads.map((head) => [head.chainId, head.crossUnsafe?.number])
		})
	}
	return { cluster, promoter, promoted, early, logs }
}

it('a decoded block on top of its chain is told as cross-unsafe, and stored by nobody', async () => {
	const { cluster, early } = await atRest()
	expect(early(A, 6)).toEqual([[[A, 6]]])
	expect(early(A, 7)).toEqual([[[A, 7]]])
	expect(cluster.heads(A)[0]).toBe(5)
})

it('a message of a block that is decoded, too, is good enough, in whatever order they come', async () => {
	const { early } = await atRest()
	expect(early(A, 6, [{ chainId: B, block: 6 }])).toEqual([])
	expect(early(B, 6)).toEqual([
		[
			[A, 6],
			[B, 6],
		],
	])
})

it('a block without its parent, or with a message that nobody has, is not told', async () => {
	const { early } = await atRest()
	expect(early(A, 7)).toEqual([])
	expect(early(A, 6, [{ chainId: B, block: 5, log: 9 }])).toEqual([])
	// Of the two at this height the newer one counts.
	expect(early(A, 6)).toEqual([[[A, 7]]])
})

it('after a cut, blocks that were decoded before it count no more', async () => {
	const { cluster, early } = await atRest()
	expect(early(A, 6)).toEqual([[[A, 6]]])
	await cluster.store.cutCanonical(A, cluster.block(A, 4))
	await cluster.seal(A, 5)
	// Block 5 is sealed anew, and no round has come to it yet.
	expect(early(B, 6, [{ chainId: A, block: 6 }])).toEqual([[[A, 5]]])
})

it('nothing above a block that waits for its replacement is told', async () => {
	const { cluster, early, promoted } = await atRest()
	await cluster.seal(A, 6)
	await cluster.derive(A, 6)
	await promoted(6)
	await cluster.seal(A, 7)
	await cluster.derive(A, 7)
	const { block, source } = cluster.store.read((view) => {
		const block = view.localSafe(A, 7)
		const source = view.localSafeHead(A)?.source
		if (block === undefined || source === undefined) throw new Error('block 7 is not derived')
		return { block, source }
	})
	await cluster.store.invalidate(A, { block, source: source.number, scope: 1, rule: 'test', time: 0 })
	expect(cluster.store.read((view) => view.localUnsafe(A)?.number)).toBe(6)
	expect(early(A, 7)).toEqual([])
})

it('a chain that is being synced is left to the rounds', async () => {
	const { cluster, early } = await atRest()
	await cluster.seal(A, 40)
	expect(early(A, 41)).toEqual([])
})

it('what cannot be read is said, and ends nothing', async () => {
	const { cluster, promoter, early, logs } = await atRest()
	const { ref, record } = cluster.early(A, 6)
	promoter.early(A, { ref, record: record.subarray(0, 20) })
	expect(logs.records.map(({ msg }) => msg)).toContain('a block cannot be checked before it is stored')
	expect(early(A, 6)).toEqual([[[A, 6]]])
})
