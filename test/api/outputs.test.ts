import { expect, test } from 'vitest'
import { NodeTimeoutError } from '../../src/node/errors.js'
import type { BlockSeal, OutputV0 } from '../../src/protocol/block.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { OutputUnavailableError } from '../../src/protocol/errors.js'
import { type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import { clusterOf } from '../../src/recording/cluster-of.js'
import { openReader } from '../../src/storage/index.js'
import { NodeOutputs, type OutputNode } from '../../src/supervisor/node-outputs.js'
import { SuperRootReader } from '../../src/supervisor/super-root-reader.js'
import { endReached } from '../promotion/recorded-end.js'
import { recordingOf } from '../promotion/recordings.js'
import { afterTest } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { replayed, supervise } from '../supervisor/supervised.js'

const CHAIN = chainIdFromBigint(901n)
const hashOf = (digit: string) => `0x${digit.repeat(64)}` as Hash
const seal = (digit: string): BlockSeal => ({ hash: hashOf(digit), number: 7, timestamp: 1000 })

/** A node that is told what to answer, and counts. */
class ToldNode implements OutputNode {
	asked = 0
	constructor(
		readonly url: string,
		private readonly answer: () => Promise<OutputV0>,
	) {}

	outputV0AtTimestamp(): Promise<OutputV0> {
		this.asked++
		return this.answer()
	}

	pendingOutputV0AtTimestamp(): Promise<OutputV0> {
		return this.outputV0AtTimestamp()
	}
}

const has = (url: string, digit: string) =>
	new ToldNode(url, async () => ({
		stateRoot: ZERO_HASH,
		messagePasserStorageRoot: ZERO_HASH,
		blockHash: hashOf(digit),
	}))
const isDown = (url: string) =>
	new ToldNode(url, async () => {
		throw new NodeTimeoutError(url, 'interop_outputV0AtTimestamp', 1)
	})
const outputsOf = (...nodes: OutputNode[]) =>
	new NodeOutputs({ log: new LogCapture().log, nodes: () => nodes })

test('a node that fails, or has another block, is left for the next', async () => {
	const [down, other, good] = [isDown('a'), has('b', '2'), has('c', '1')]
	const outputs = outputsOf(down, other, good)
	expect(await outputs.output(CHAIN, seal('1'), 'canonical')).toMatchObject({ blockHash: hashOf('1') })
	expect([down.asked, other.asked, good.asked]).toEqual([1, 1, 1])
})

test('a node that failed is asked last the next time', async () => {
	const [down, good] = [isDown('a'), has('b', '1')]
	const outputs = outputsOf(down, good)
	await outputs.output(CHAIN, seal('1'), 'canonical')
	await outputs.output(CHAIN, seal('1'), 'pending')
	expect([down.asked, good.asked]).toEqual([1, 2])
})

test('an output is asked for once, also by many at the same time', async () => {
	const node = has('a', '1')
	const outputs = outputsOf(node)
	await Promise.all([1, 2, 3].map(() => outputs.output(CHAIN, seal('1'), 'canonical')))
	await outputs.output(CHAIN, seal('1'), 'canonical')
	expect(node.asked).toBe(1)
})

test('a failure is said, and forgotten', async () => {
	const node = has('a', '2')
	const outputs = outputsOf(node)
	await expect(outputs.output(CHAIN, seal('1'), 'canonical')).rejects.toThrow(OutputUnavailableError)
	await expect(outputs.output(CHAIN, seal('1'), 'canonical')).rejects.toThrow('another one on 1 of 1 nodes')
	expect(node.asked).toBe(2)
	await expect(outputsOf().output(CHAIN, seal('1'), 'canonical')).rejects.toThrow('none of 0 nodes')
})

test('a super root is asked for again if the chain was cut meanwhile, and refused if it does not stand still', async () => {
	const recording = await recordingOf('steady')
	const replay = await replayed(recording)
	const { supervisor, directory } = await supervise(recording, replay)
	await endReached(supervisor, recording)
	const { safeTimestamp } = supervisor.reader.syncStatus()
	const timestamp = BigInt(safeTimestamp)
	const expected = await supervisor.api.superRoots.superRootAtTimestamp(timestamp)
	await supervisor.close()
	const cluster = clusterOf(recording)
	const store = await openReader({ directory, chains: cluster.chains })
	afterTest(() => store.close())
	/** Each look sees another block at the time, `cuts` times. */
	const changing = (cuts: number) => {
		let looks = 0
		const read: typeof store.read = (action) =>
			store.read((view) => {
				const generation = looks++ < cuts ? looks : -1
				return action(
					new Proxy(view, {
						get(target, name) {
							if (name === 'generation') return generation
							const value = Reflect.get(target, name, target)
							if (name === 'crossSafe' && generation !== -1)
								return (chainId: typeof CHAIN, number: number) => {
									const row = target.crossSafe(chainId, number)
									return row && { ...row, scope: looks % 2 }
								}
							return typeof value === 'function' ? value.bind(target) : value
						},
					}),
				)
			})
		return new SuperRootReader({
			store: { read },
			rollups: cluster.rollups,
			outputs: {
				output: async (_chainId, block) => ({
					stateRoot: ZERO_HASH,
					messagePasserStorageRoot: ZERO_HASH,
					blockHash: block.hash,
				}),
			},
		})
	}
	const settled = await changing(1).superRootAtTimestamp(timestamp)
	expect(settled.crossSafeDerivedFrom).toEqual(expected.crossSafeDerivedFrom)
	await expect(changing(100).superRootAtTimestamp(timestamp)).rejects.toThrow('invalidated read')
})
