import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ResetHeads } from '../../src/node/reset-heads.js'
import { type BlockRef, blockId } from '../../src/protocol/block.js'
import type { ManagedEvent } from '../../src/protocol/managed-event.js'
import { NodeSession } from '../../src/supervisor/node-session.js'
import { LogCapture } from './log-capture.js'
import { extend } from './sample-recording.js'

const l1 = extend('l1', [], 30)
const l2 = extend('l2', [], 30)
const block = (chain: readonly BlockRef[], number: number): BlockRef => {
	const found = chain[number]
	if (found === undefined) throw new RangeError(`no block ${number}`)
	return found
}
const heads: ResetHeads = (() => {
	const id = blockId(block(l2, 4))
	return { localUnsafe: id, crossUnsafe: id, localSafe: id, crossSafe: id, finalized: id }
})()
const exhausted = (source: number): ManagedEvent => ({
	exhaustL1: { source: block(l1, source), derived: block(l2, 4) },
})
const SILENCE_MS = 2_000

/** A session whose calls are recorded; L1 goes to `tip`, and resets do as `reset` says. */
function session(options: { reset?: () => Promise<void>; lastSource?: number } = {}) {
	vi.useFakeTimers()
	const calls: string[] = []
	const after: ManagedEvent[] = []
	const state = { tip: 20 }
	const nothing = async () => undefined
	const one = new NodeSession(
		{
			node: {
				url: 'ws://node',
				provideL1: async ({ number }) => void calls.push(`provide ${number}`),
				reset: async ({ localSafe }) => {
					calls.push(`reset to ${localSafe.number}`)
					await options.reset?.()
				},
				resetPreInterop: nothing,
				l2BlockRefByNumber: () => Promise.reject(new Error('not asked for')),
				updateCrossUnsafe: nothing,
				updateCrossSafe: nothing,
				updateFinalized: nothing,
				invalidateBlock: nothing,
				pause: () => undefined,
				resume: () => undefined,
			},
			address: 'ws://node',
			log: new LogCapture().log,
			nextL1: (number, signal) =>
				new Promise((resolve, reject) => {
					if (number < state.tip) resolve(block(l1, number + 1))
					signal.addEventListener('abort', () => reject(signal.reason))
				}),
			chooseReset: async () => heads,
			isReplaced: () => false,
			compare: () => undefined,
			wasReset: () => undefined,
			lastSource: () => (options.lastSource === undefined ? undefined : block(l1, options.lastSource)),
			afterReset: (event) => after.push(event),
		},
		{ silenceMs: SILENCE_MS },
	)
	const settle = () => vi.advanceTimersByTimeAsync(0)
	return { one, calls, after, state, settle }
}

afterEach(() => {
	vi.useRealTimers()
})

describe('the next L1 block', () => {
	it('is given once for an exhaustL1, and a repeat within two seconds is not answered again', async () => {
		const { one, calls, settle } = session()
		one.connect()
		one.provideAfter(block(l1, 7))
		await settle()
		one.provideAfter(block(l1, 7))
		await vi.advanceTimersByTimeAsync(1_900)
		one.provideAfter(block(l1, 7))
		await settle()
		expect(calls).toEqual(['provide 8'])
	})

	it('is given again when the node still asks for it later', async () => {
		const { one, calls, settle } = session()
		one.connect()
		one.provideAfter(block(l1, 7))
		await vi.advanceTimersByTimeAsync(2_000)
		one.provideAfter(block(l1, 7))
		await settle()
		expect(calls.length).toBeGreaterThanOrEqual(2)
		expect(new Set(calls)).toEqual(new Set(['provide 8']))
	})

	it('of an older wish is not given any more when the node wishes another one', async () => {
		const { one, calls, state, settle } = session()
		state.tip = 5
		one.connect()
		one.provideAfter(block(l1, 7))
		one.provideAfter(block(l1, 3))
		await settle()
		expect(calls).toEqual(['provide 4'])
	})

	it('is not given to a node that is gone', async () => {
		const { one, calls, settle } = session()
		one.connect()
		one.provideAfter(block(l1, 7))
		one.disconnect()
		one.provideAfter(block(l1, 8))
		await settle()
		expect(calls).toEqual([])
	})
})

describe('silence', () => {
	it('after a connect: the node is given the block after the chain’s last source, and ever more seldom', async () => {
		const { one, calls } = session({ lastSource: 9 })
		one.connect()
		await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
		expect(calls).toEqual([])
		await vi.advanceTimersByTimeAsync(1)
		expect(calls).toEqual(['provide 10'])
		await vi.advanceTimersByTimeAsync(2 * SILENCE_MS)
		await vi.advanceTimersByTimeAsync(4 * SILENCE_MS)
		expect(calls).toEqual(['provide 10', 'provide 10', 'provide 10'])
		await vi.advanceTimersByTimeAsync(4 * SILENCE_MS)
		expect(calls).toHaveLength(3)
	})

	it('when nobody knows where the node stands and L1 has no newer block, it is given the last one: it answers with where it stands', async () => {
		const { one, calls, state, settle } = session({ lastSource: 20 })
		one.connect()
		one.guess(block(l1, 20))
		await vi.advanceTimersByTimeAsync(SILENCE_MS)
		expect(calls).toEqual(['provide 20'])
		one.heard(exhausted(12))
		one.provideAfter(block(l1, 12))
		await settle()
		expect(calls).toEqual(['provide 20', 'provide 13'])
		state.tip = 30
		await settle()
		expect(calls).toHaveLength(2)
	})

	it('of a node that waits for an L1 block that is not there yet is as it should be', async () => {
		const { one, calls } = session({ lastSource: 20 })
		one.connect()
		one.heard(exhausted(20))
		one.provideAfter(block(l1, 20))
		await vi.advanceTimersByTimeAsync(20 * SILENCE_MS)
		expect(calls).toEqual([])
	})

	it('after a replacement: the node has started over, and waits no more for the L1 block that is not there yet', async () => {
		const { one, calls } = session({ lastSource: 9 })
		one.connect()
		one.heard(exhausted(20))
		one.provideAfter(block(l1, 20))
		one.heard({ replaceBlock: { replacement: block(l2, 5), invalidated: block(l2, 6).hash } })
		await vi.advanceTimersByTimeAsync(SILENCE_MS)
		expect(calls).toEqual(['provide 10'])
	})

	it('after an L1 block: the node is given it again, whatever the chain has reached meanwhile', async () => {
		const { one, calls, settle } = session({ lastSource: 15 })
		one.connect()
		one.heard(exhausted(7))
		one.provideAfter(block(l1, 7))
		await settle()
		await vi.advanceTimersByTimeAsync(SILENCE_MS)
		expect(calls).toEqual(['provide 8', 'provide 8'])
	})

	it('is not broken by a new unsafe block: it says nothing of derivation', async () => {
		const { one, calls } = session({ lastSource: 9 })
		one.connect()
		await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
		one.heard({ unsafeBlock: block(l2, 20) })
		await vi.advanceTimersByTimeAsync(1)
		expect(calls).toEqual(['provide 10'])
	})

	it('is broken by what the node derives', async () => {
		const { one, calls } = session({ lastSource: 9 })
		one.connect()
		await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
		one.heard({ derivationUpdate: { source: block(l1, 9), derived: block(l2, 5) } })
		await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
		expect(calls).toEqual([])
	})

	it('while L1 has no next block is as it should be', async () => {
		const { one, calls } = session({ lastSource: 20 })
		one.connect()
		one.provideAfter(block(l1, 20))
		await vi.advanceTimersByTimeAsync(100 * SILENCE_MS)
		expect(calls).toEqual([])
	})
})

describe('a reset', () => {
	it('is not started twice, and one that failed is tried again after a pause', async () => {
		let failures = 2
		const { one, calls, settle } = session({
			reset: async () => {
				if (failures-- > 0) throw new Error('busy')
			},
		})
		one.connect()
		one.startReset('a test')
		one.startReset('again')
		await settle()
		expect(one.resetting).toBe(true)
		expect(calls).toEqual(['reset to 4'])
		await vi.waitFor(() => expect(one.resetting).toBe(false), { timeout: 10_000 })
		expect(calls).toEqual(['reset to 4', 'reset to 4', 'reset to 4'])
		expect(one.resets).toBe(1)
	})

	it('that leads nowhere is followed by the next one after a pause; progress ends that', async () => {
		const { one, calls, settle } = session()
		one.connect()
		one.startReset('first')
		await settle()
		one.progressed()
		one.startReset('second')
		await settle()
		expect(calls).toHaveLength(2)
		one.startReset('third')
		await settle()
		expect(calls).toHaveLength(2)
		one.disconnect()
	})

	it('has led somewhere when the node comes further, also if another node was there before', async () => {
		const { one, calls, settle } = session()
		one.connect()
		one.startReset('first')
		await settle()
		one.agrees(4)
		one.agrees(5)
		one.startReset('second')
		await settle()
		expect(calls).toHaveLength(2)
		one.agrees(4) // Where it was reset to: it walks again.
		one.startReset('third')
		await settle()
		expect(calls).toHaveLength(2)
		one.disconnect()
	})

	it('takes back what the node waited for: it walks anew', async () => {
		const { one, calls, state, settle } = session()
		state.tip = 5
		one.connect()
		one.provideAfter(block(l1, 7))
		one.startReset('a test')
		await settle()
		one.provideAfter(block(l1, 2))
		await settle()
		expect(calls).toEqual(['reset to 4', 'provide 3'])
	})

	it('ends with the connection', async () => {
		const { one, calls, settle } = session({ reset: () => Promise.reject(new Error('gone')) })
		one.connect()
		one.startReset('a test')
		await settle()
		one.disconnect()
		await vi.waitFor(() => expect(one.resetting).toBe(false))
		expect(calls).toHaveLength(1)
	})

	it('gives what the node said after the call was sent, but not a wish for a reset', async () => {
		let accept: () => void = () => undefined
		const { one, after, settle } = session({ reset: () => new Promise((resolve) => (accept = resolve)) })
		one.connect()
		one.startReset('a test')
		one.hold(exhausted(3)) // Of the time before the call.
		await settle()
		one.hold(exhausted(4))
		one.hold({ reset: 'again, from before' })
		one.hold({ unsafeBlock: block(l2, 9) })
		expect(after).toEqual([])
		accept()
		await settle()
		expect(after).toEqual([exhausted(4), { unsafeBlock: block(l2, 9) }])
	})
})
