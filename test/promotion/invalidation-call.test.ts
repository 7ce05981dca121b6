import { describe, expect, it } from 'vitest'
import type { BlockSeal } from '../../src/protocol/block.js'
import { InvalidationCall } from '../../src/supervisor/invalidation-call.js'
import { childOf } from '../storage/sample-chain.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'

const FIRST = childOf('a', undefined)
const SECOND = childOf('a', FIRST)

/** A node that refuses or never answers, as the test wants. */
function called(answer: (block: BlockSeal) => Promise<void> = () => Promise.resolve()) {
	const calls: BlockSeal[] = []
	const refused: BlockSeal[] = []
	const logs = new LogCapture()
	const node = {
		url: 'ws://node',
		invalidateBlock: (block: BlockSeal) => {
			calls.push(block)
			return answer(block)
		},
	}
	const call = new InvalidationCall(node, { log: logs.log, refused: (block) => refused.push(block) })
	afterTest(() => call.end())
	const has = (count: number) =>
		until(
			() => `${count} calls; there are ${calls.length}`,
			() => calls.length >= count,
		)
	return { call, calls, refused, logs, has }
}

describe('the order to replace an invalid block', () => {
	it('is given at once, and again until the replacement is in', async () => {
		const { call, calls, refused, has } = called()
		call.begin(FIRST)
		expect(calls).toEqual([FIRST])
		await has(2)
		call.end()
		expect(calls).toEqual([FIRST, FIRST])
		expect(refused).toEqual([])
	})

	it('is repeated when the node refuses, and the refusal is passed on', async () => {
		let refusals = 0
		const { call, calls, refused, logs, has } = called(async () => {
			if (++refusals === 1) throw new Error('the node does not have the block')
		})
		call.begin(FIRST)
		await has(2)
		expect(calls).toEqual([FIRST, FIRST])
		expect(refused).toEqual([FIRST])
		expect(logs.find(({ msg }) => msg === 'the node did not invalidate a block')).toBeDefined()
	})

	it('ends with a disconnect, also while a call is on its way: its failure is nobody’s refusal', async () => {
		let fail: (error: Error) => void = () => undefined
		const { call, calls, refused, logs } = called(
			() =>
				new Promise((_, reject) => {
					fail = reject
				}),
		)
		call.begin(FIRST)
		call.end()
		fail(new Error('disconnected'))
		await new Promise((resolve) => setImmediate(resolve))
		expect(calls).toEqual([FIRST])
		expect(refused).toEqual([])
		expect(logs.records).toEqual([])
	})

	it('is for one block at a time: the newest', async () => {
		const { call, calls, has } = called()
		call.begin(FIRST)
		call.begin(SECOND)
		await has(3)
		expect(calls).toEqual([FIRST, SECOND, SECOND])
	})

	it('is given again after a reconnect', () => {
		const { call, calls } = called()
		call.begin(FIRST)
		call.end()
		call.begin(FIRST)
		expect(calls).toEqual([FIRST, FIRST])
	})
})
