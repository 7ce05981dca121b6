import { describe, expect, it } from 'vitest'
import { kernelModule } from '../../src/kernel/kernel-module.js'
import { KEPT_MEMORY_BYTES, MAX_ANSWER_BYTES, ReceiptsKernel } from '../../src/kernel/receipts-kernel.js'
import { keccak256 } from '../../src/protocol/keccak.js'
import { logHash } from '../../src/protocol/log-hash.js'
import { compileKernel } from './compile-kernel.js'
import { answerOf, BLOCK } from './sample-answer.js'
import { specified } from './specified.js'

const small = answerOf([{ topics: 3, data: 32 }])

/** An answer of `size` bytes with one log, whose data takes up all the room that there is. */
function answerOfSize(size: number): { answer: Buffer; address: Buffer; payload: Buffer } {
	const [head, tail] = answerOf([{ topics: 0, data: 0 }])
		.toString()
		.split('"data":"0x')
	const opening = Buffer.from(`${head}"data":"0x`)
	const rest = size - opening.length - Buffer.byteLength(tail ?? '')
	const spaces = rest % 2
	const answer = Buffer.alloc(size, 'c')
	opening.copy(answer)
	answer.write(tail ?? '', size - spaces - Buffer.byteLength(tail ?? ''))
	answer.fill(' ', size - spaces)
	const address = Buffer.from(/"address":"0x(\w+)"/.exec(head ?? '')?.[1] ?? '', 'hex')
	return { answer, address, payload: Buffer.alloc((rest - spaces) / 2, 0xcc) }
}

describe("the kernel's memory", () => {
	it('grows with an answer, and is given back after a huge one', () => {
		const kernel = new ReceiptsKernel(kernelModule())
		expect(kernel.scan(small, BLOCK)).toEqual(specified(small, BLOCK))
		const before = kernel.memoryBytes
		expect(before).toBeLessThan(1 << 20)

		const large = answerOf(Array.from({ length: 5_000 }, (_, i) => ({ topics: 3, data: 160 + (i % 100) })))
		expect(large.length).toBeGreaterThan(3 << 20)
		expect(kernel.scan(large, BLOCK)).toEqual(specified(large, BLOCK))
		const grown = kernel.memoryBytes
		expect(grown).toBeGreaterThan(large.length)
		expect(grown).toBeLessThan(KEPT_MEMORY_BYTES)
		expect(kernel.scan(small, BLOCK)).toEqual(specified(small, BLOCK))
		expect(kernel.memoryBytes).toBe(grown)

		const { answer, address, payload } = answerOfSize(20 << 20)
		expect(kernel.scan(answer, BLOCK)?.logHashes).toEqual(
			new Uint8Array(logHash(address, keccak256(payload))),
		)
		expect(kernel.memoryBytes).toBe(0)
		expect(kernel.scan(small, BLOCK)).toEqual(specified(small, BLOCK))
		expect(kernel.memoryBytes).toBe(before)
	})

	it('is given back after a huge answer that was refused', () => {
		const kernel = new ReceiptsKernel(kernelModule())
		expect(kernel.scan(Buffer.alloc(20 << 20, ' '), BLOCK)).toBeUndefined()
		expect(kernel.memoryBytes).toBe(0)
	})

	it('is enough for the largest answer, and for no larger one', () => {
		const kernel = new ReceiptsKernel(kernelModule())
		const { answer, address, payload } = answerOfSize(MAX_ANSWER_BYTES)
		expect(kernel.scan(answer, BLOCK)?.logHashes).toEqual(
			new Uint8Array(logHash(address, keccak256(payload))),
		)
		expect(kernel.scan(Buffer.alloc(MAX_ANSWER_BYTES + 1, ' '), BLOCK)).toBeUndefined()
		expect(kernel.trap).toBeUndefined()
	})

	it('may not be had: then the answer is refused', async () => {
		const kernel = new ReceiptsKernel(await compileKernel({ reserve: 'return 0', scan: 'return 0' }))
		expect(kernel.scan(small, BLOCK)).toBeUndefined()
		expect(kernel.trap).toBeUndefined()
	})
})

describe('a trap', () => {
	it('refuses its answer, and the next gets a new instance', async () => {
		// A counter in memory shows whether it is the same instance.
		const kernel = new ReceiptsKernel(
			await compileKernel({
				scan: 'store<u8>(2000, load<u8>(2000) + 1); if (load<u8>(2000) === 2) unreachable(); return 0',
			}),
		)
		expect(kernel.scan(small, BLOCK)?.logCount).toBe(0)
		expect(kernel.trap).toBeUndefined()
		expect(kernel.scan(small, BLOCK)).toBeUndefined()
		expect(kernel.trap).toBeInstanceOf(WebAssembly.RuntimeError)
		expect(kernel.scan(small, BLOCK)?.logCount).toBe(0)
	})
})
