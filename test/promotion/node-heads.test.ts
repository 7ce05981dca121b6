import { describe, expect, it } from 'vitest'
import type { BlockId } from '../../src/protocol/block.js'
import { type HeadCalls, NodeHeads } from '../../src/supervisor/node-heads.js'
import { hashOf } from '../storage/sample-chain.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'

const id = (number: number, branch = 'main'): BlockId => ({ number, hash: hashOf(branch, number) })
const unsafe = (number: number) => ({ crossUnsafe: id(number) })
const safe = (number: number, source = number) => ({
	crossSafe: { derived: id(number), source: id(source, 'l1') },
})
const finalized = (number: number) => ({ finalized: id(number) })

/** A node that answers when the test wants it to. */
class SlowNode implements HeadCalls {
	readonly url = 'ws://node'
	/** Every call: `u3` is cross-unsafe 3, `s3@4` cross-safe with its source, `f3` finalized. */
	readonly calls: string[] = []
	isSlow = false
	readonly #waiting: ((error?: Error) => void)[] = []
	#refusals = 0

	updateCrossUnsafe(head: BlockId): Promise<void> {
		return this.#take(`u${head.number}`)
	}

	updateCrossSafe(derived: BlockId, source: BlockId): Promise<void> {
		return this.#take(`s${derived.number}@${source.number}`)
	}

	updateFinalized(head: BlockId): Promise<void> {
		return this.#take(`f${head.number}`)
	}

	/** Answers the calls that wait. */
	answer(error?: Error): void {
		for (const answer of this.#waiting.splice(0)) answer(error)
	}

	refuse(times: number): void {
		this.#refusals = times
	}

	/** Resolves when so many calls have come. */
	has(count: number): Promise<void> {
		return until(
			() => `${count} calls; there are ${this.calls.join(' ')}`,
			() => this.calls.length >= count,
		)
	}

	#take(call: string): Promise<void> {
		this.calls.push(call)
		if (this.#refusals > 0) {
			this.#refusals--
			return Promise.reject(new Error('the node does not have the block yet'))
		}
		if (!this.isSlow) return Promise.resolve()
		return new Promise((resolve, reject) => {
			this.#waiting.push((error) => (error === undefined ? resolve() : reject(error)))
		})
	}
}

function told(isConnected = true) {
	const node = new SlowNode()
	const heads = new NodeHeads(node, { log: new LogCapture().log })
	if (isConnected) heads.connect()
	afterTest(() => heads.disconnect())
	/** Resolves when all calls that follow from what was done so far have been made. */
	const settled = async () => {
		for (let i = 0; i < 50; i++) await Promise.resolve()
	}
	return { node, heads, settled, calls: () => node.calls.join(' ') }
}

describe('heads that a node is told', () => {
	it('are told once, cross-safe before finalized', async () => {
		const { heads, calls, settled } = told()
		heads.set({ ...finalized(1), ...safe(2), ...unsafe(3) })
		heads.set({ ...finalized(1), ...safe(2), ...unsafe(3) })
		await settled()
		expect(calls()).toBe('u3 s2@2 f1')
		heads.set(safe(2, 3))
		await settled()
		expect(calls()).toBe('u3 s2@2 f1 s2@3')
	})

	it('of one turn of the event loop are one', async () => {
		const { heads, calls, settled } = told()
		for (let number = 1; number <= 5; number++) heads.set({ ...safe(number), ...finalized(number - 1) })
		await settled()
		expect(calls()).toBe('s5@5 f4')
	})

	it('are only the newest, one at a time, when the node is slow', async () => {
		const { node, heads, calls, settled } = told()
		node.isSlow = true
		heads.set(unsafe(1))
		await settled()
		for (let number = 2; number <= 9; number++) {
			heads.set({ ...unsafe(number), ...safe(number - 1), ...finalized(number - 2) })
			await settled()
		}
		expect(calls()).toBe('u1 s1@1')
		node.isSlow = false
		node.answer()
		await settled()
		expect(calls()).toBe('u1 s1@1 u9 s8@8 f7')
	})

	it('that are unsafe do not wait for the answer to safe ones, which may take the engine a while', async () => {
		const { node, heads, calls, settled } = told()
		node.isSlow = true
		heads.set({ ...safe(2), ...finalized(1) })
		await settled()
		heads.set(unsafe(3))
		await settled()
		expect(calls()).toBe('s2@2 u3')
		node.answer()
		await settled()
		expect(calls()).toBe('s2@2 u3 f1')
	})

	it('wait for a node that is not connected', async () => {
		const { heads, calls, settled } = told(false)
		heads.set(unsafe(1))
		heads.set(safe(1))
		await settled()
		expect(calls()).toBe('')
		heads.connect()
		await settled()
		expect(calls()).toBe('u1 s1@1')
	})

	it('are repeated after a connect, and after a reset', async () => {
		const { heads, calls, settled } = told()
		heads.set({ ...unsafe(3), ...safe(2), ...finalized(1) })
		await settled()
		heads.disconnect()
		heads.set(unsafe(4))
		await settled()
		heads.connect()
		await settled()
		expect(calls()).toBe('u3 s2@2 f1 u4 s2@2 f1')
		heads.connect()
		await settled()
		expect(calls()).toBe('u3 s2@2 f1 u4 s2@2 f1 u4 s2@2 f1')
	})

	it('are repeated after a reset, also if the answer to an earlier call comes after it', async () => {
		const { node, heads, calls, settled } = told()
		node.isSlow = true
		heads.set(unsafe(3))
		await settled()
		heads.connect()
		node.isSlow = false
		node.answer()
		await settled()
		expect(calls()).toBe('u3 u3')
	})

	it('are kept and repeated when the node refuses one', async () => {
		const { node, heads, calls } = told()
		node.refuse(2)
		heads.set({ ...safe(2), ...finalized(1) })
		await node.has(4)
		expect(calls()).toBe('s2@2 s2@2 s2@2 f1')
	})

	it('that the node refuses hold up no others, but finalized, which it drops above its safe head', async () => {
		const { node, heads, calls, settled } = told()
		node.refuse(1)
		heads.set({ ...unsafe(3), ...safe(2), ...finalized(1) })
		await settled()
		expect(calls()).toBe('u3 s2@2 f1')
		node.refuse(1)
		heads.set(safe(3))
		heads.set(finalized(2))
		await settled()
		expect(calls()).toBe('u3 s2@2 f1 s3@3')
		await node.has(7)
		expect(calls()).toBe('u3 s2@2 f1 s3@3 u3 s3@3 f2')
	})

	it('are the newest when a refused one is repeated', async () => {
		const { node, heads, calls, settled } = told()
		node.refuse(1)
		heads.set(unsafe(2))
		await settled()
		heads.set(unsafe(5))
		await settled()
		expect(calls()).toBe('u2')
		await node.has(2)
		expect(calls()).toBe('u2 u5')
	})

	it('are repeated at once when the node comes back, whatever it refused before', async () => {
		const { node, heads, calls, settled } = told()
		node.refuse(1)
		heads.set(unsafe(2))
		await settled()
		heads.disconnect()
		heads.connect()
		await settled()
		expect(calls()).toBe('u2 u2')
	})

	it('that wait are gone after a cut; those after it are told', async () => {
		const { node, heads, calls, settled } = told()
		node.isSlow = true
		heads.set({ ...safe(8), ...finalized(1) })
		await settled()
		heads.cut()
		node.isSlow = false
		node.answer()
		await settled()
		expect(calls()).toBe('s8@8')
		heads.set({ ...unsafe(5), ...safe(5) })
		await settled()
		expect(calls()).toBe('s8@8 u5 s5@5')
	})

	it('that were refused are gone after a cut', async () => {
		const { node, heads, calls, settled } = told()
		node.refuse(1)
		heads.set(safe(8))
		await settled()
		heads.cut()
		heads.set(unsafe(5))
		await node.has(2)
		await settled()
		expect(calls()).toBe('s8@8 u5')
	})
})
