import { describe, expect, it } from 'vitest'
import { CallWindow } from '../../src/indexing/call-window.js'

const exactly = (calls: number) => ({ first: calls, least: calls, most: calls })
const answer = (bytes: number, ms = 1) => ({ bytes, ms })

describe('CallWindow', () => {
	it('admits as many calls as fit into its bytes, in the order in which they came', async () => {
		const window = new CallWindow({ calls: exactly(100), maxBytes: 1000, expectedBytes: 400 })
		const admitted: number[] = []
		for (let i = 0; i < 5; i++) void window.enter().then(() => admitted.push(i))
		await Promise.resolve()
		await Promise.resolve()
		expect(admitted).toEqual([0, 1])
		window.leave(answer(400))
		await new Promise(setImmediate)
		expect(admitted).toEqual([0, 1, 2])
	})

	it('lets one answer through that is larger than all of its bytes', async () => {
		const window = new CallWindow({ calls: exactly(100), maxBytes: 1000, expectedBytes: 10 })
		await window.enter()
		window.leave(answer(50_000))
		expect(window.limit).toBe(1)
		await window.enter()
	})

	it('narrows at once for a large answer and widens again for small ones', async () => {
		const window = new CallWindow({ calls: exactly(8), maxBytes: 1000, expectedBytes: 10 })
		expect(window.limit).toBe(8)
		await window.enter()
		window.leave(answer(500))
		expect(window.limit).toBe(2)
		for (let i = 0; i < 100; i++) {
			await window.enter()
			window.leave(answer(10))
		}
		expect(window.limit).toBe(8)
	})

	it('does not learn from a call that brought nothing', async () => {
		const window = new CallWindow({ calls: exactly(8), maxBytes: 1000, expectedBytes: 500 })
		await window.enter()
		window.leave()
		expect(window.limit).toBe(2)
	})

	/** A node that answers after `ms`, and works on so many calls at a time, asked by callers who never have enough. */
	function busy(node: { ms: number; atOnce: number }, window: CallWindow) {
		let free = Array.from({ length: node.atOnce }, () => 0)
		const due: { at: number; ms: number }[] = []
		let now = 0
		const ask = () =>
			window.enter().then(() => {
				const worker = free.indexOf(Math.min(...free))
				const at = Math.max(now, free[worker] ?? 0) + node.ms
				free[worker] = at
				due.push({ at, ms: at - now })
			})
		for (let i = 0; i < 1_000; i++) void ask()
		return {
			async run(answers: number) {
				for (let i = 0; i < answers; i++) {
					await new Promise(setImmediate)
					due.sort((a, b) => a.at - b.at)
					const next = due.shift()
					if (next === undefined) return expect.fail('nothing is in flight')
					now = next.at
					window.leave(answer(100, next.ms))
					void ask()
				}
			},
			move(other: { ms: number; atOnce: number }) {
				Object.assign(node, other)
				free = Array.from({ length: node.atOnce }, () => now)
			},
		}
	}

	it('asks for more at a time on a long way, up to its most', async () => {
		const window = new CallWindow({
			calls: { first: 64, least: 16, most: 512 },
			maxBytes: 1e6,
			expectedBytes: 100,
		})
		await busy({ ms: 100, atOnce: 1_000 }, window).run(1_000)
		expect(window.limit).toBe(512)
	})

	it('asks for no more than a node works on at a time, and a reserve', async () => {
		const window = new CallWindow({
			calls: { first: 64, least: 4, most: 512 },
			maxBytes: 1e6,
			expectedBytes: 100,
		})
		await busy({ ms: 5, atOnce: 8 }, window).run(10_000)
		expect(window.limit).toBeGreaterThanOrEqual(8)
		expect(window.limit).toBeLessThanOrEqual(40)
	})

	it('notices that the way became longer', async () => {
		const window = new CallWindow({
			calls: { first: 64, least: 16, most: 512 },
			maxBytes: 1e6,
			expectedBytes: 100,
		})
		const node = busy({ ms: 1, atOnce: 4 }, window)
		await node.run(10_000)
		expect(window.limit).toBeLessThan(80)
		node.move({ ms: 100, atOnce: 1_000 })
		await node.run(5_000)
		expect(window.limit).toBe(512)
	})
})
