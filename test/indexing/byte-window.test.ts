import { describe, expect, it } from 'vitest'
import { ByteWindow } from '../../src/indexing/byte-window.js'

describe('ByteWindow', () => {
	it('admits as many calls as fit into its bytes, in the order in which they came', async () => {
		const window = new ByteWindow({ maxCalls: 100, maxBytes: 1000, expectedBytes: 400 })
		const admitted: number[] = []
		for (let i = 0; i < 5; i++) void window.enter().then(() => admitted.push(i))
		await Promise.resolve()
		await Promise.resolve()
		expect(admitted).toEqual([0, 1])
		window.leave(400)
		await new Promise(setImmediate)
		expect(admitted).toEqual([0, 1, 2])
	})

	it('lets one answer through that is larger than all of its bytes', async () => {
		const window = new ByteWindow({ maxCalls: 100, maxBytes: 1000, expectedBytes: 10 })
		await window.enter()
		window.leave(50_000)
		expect(window.limit).toBe(1)
		await window.enter()
	})

	it('narrows at once for a large answer and widens again for small ones', async () => {
		const window = new ByteWindow({ maxCalls: 8, maxBytes: 1000, expectedBytes: 10 })
		expect(window.limit).toBe(8)
		await window.enter()
		window.leave(500)
		expect(window.limit).toBe(2)
		for (let i = 0; i < 100; i++) {
			await window.enter()
			window.leave(10)
		}
		expect(window.limit).toBe(8)
	})

	it('does not learn from a call that brought nothing', async () => {
		const window = new ByteWindow({ maxCalls: 8, maxBytes: 1000, expectedBytes: 500 })
		await window.enter()
		window.leave()
		expect(window.limit).toBe(2)
	})
})
