import { expect, it } from 'vitest'
import { parseRollupConfig } from '../../src/config/rollup-config.js'
import { StorageWriteError } from '../../src/storage/index.js'
import { ChainCoordinator } from '../../src/supervisor/chain-coordinator.js'
import { L1View } from '../../src/supervisor/l1-view.js'
import { storeAccess } from '../../src/supervisor/store-access.js'
import { identity } from '../storage/sample-chain.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { A, SmallCluster } from './small-cluster.js'

/** The coordinator of chain A over the real store, of which block 2 is invalid. No node is connected. */
async function coordinated(beforeInvalidate: (attempt: number) => void) {
	const cluster = await SmallCluster.open()
	await cluster.seal(A, 3)
	await cluster.derive(A, 3)
	const anchor = { number: 0, hash: cluster.block(A, 0).hash, scope: 0 }
	const settled = { number: 1, hash: cluster.block(A, 1).hash, scope: 1 }
	const crossSafe = [anchor, { ...anchor, scope: 1 }, settled]
	await cluster.store.promote({ generation: 0, chains: [{ chainId: A, crossSafe }] })
	const access = storeAccess(cluster.store)
	let attempts = 0
	const store = {
		...access,
		invalidate: async (...invalid: Parameters<typeof access.invalidate>) => {
			beforeInvalidate(++attempts)
			return access.invalidate(...invalid)
		},
	}
	const pool = {
		lanes: () => 1,
		index: () => Promise.reject(new Error('there is no node')),
		cancel: async () => undefined,
	}
	const { l1Genesis, l2Genesis, l2Time } = identity(A)
	const rollup = parseRollupConfig(
		JSON.stringify({
			genesis: { l1: l1Genesis, l2: l2Genesis, l2_time: l2Time },
			block_time: 2,
			l1_chain_id: 900,
			l2_chain_id: Number(A),
			interop_time: 0,
		}),
		'rollup.json',
	)
	const logs = new LogCapture()
	const l1 = new L1View((number) => cluster.store.read((view) => view.l1(number)))
	const chain = new ChainCoordinator(rollup, {
		log: logs.log,
		l1,
		pool,
		store,
		tell: () => undefined,
		freshL1: async () => undefined,
	})
	afterTest(() => chain.close())
	await chain.start()
	const block = { ...cluster.block(A, 2), source: 1 }
	const invalid = { chainId: A, block, scope: 1, reason: 'for a test' }
	const marker = () => cluster.store.read((view) => view.pendingInvalidation(A))
	return { cluster, chain, invalid, marker, logs, attempts: () => attempts }
}

it('marks an invalid block when the disk takes it again', async () => {
	const { chain, invalid, marker, logs } = await coordinated((attempt) => {
		if (attempt <= 2) throw new StorageWriteError('/full', 'ENOSPC', 'no space left on device', false)
	})
	chain.invalidate(invalid, 0)
	await until('the marker', () => marker() !== undefined)
	await until('the chain’s wait', () => chain.awaited !== undefined)
	expect(marker()).toMatchObject({ block: { number: 2 }, scope: 1, rule: 'for a test', replacement: null })
	expect(chain.stopped).toBeUndefined()
	expect(
		logs.records.filter(({ msg }) => msg.startsWith('an invalid block could not be marked')),
	).toHaveLength(2)
})

it('marks nothing when the cluster was cut since the block was judged', async () => {
	const { cluster, chain, invalid, marker, attempts } = await coordinated(() => undefined)
	await cluster.store.cutCanonical(A, cluster.block(A, 2))
	chain.invalidate(invalid, 0)
	await until('the attempt', () => attempts() === 1)
	await chain.close()
	expect(marker()).toBeUndefined()
	expect(chain.stopped).toBeUndefined()
})

it('marks a block once, however often it is reported', async () => {
	const { cluster, chain, invalid, attempts } = await coordinated(() => undefined)
	for (let i = 0; i < 3; i++) chain.invalidate(invalid, 0)
	await until('the chain’s wait', () => chain.awaited !== undefined)
	await chain.close()
	expect(attempts()).toBe(1)
	expect(cluster.store.read((view) => view.invalidatedBlocks(A))).toHaveLength(1)
})
