import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BlockDecoder } from '../../src/indexing/block-decoder.js'
import { kernelModule } from '../../src/kernel/kernel-module.js'
import { compiledFile } from '../../src/package-root.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { decodeReceipts } from '../../src/protocol/decode-receipts.js'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { compileKernel } from '../kernel/compile-kernel.js'
import { answerOf, BLOCK } from '../kernel/sample-answer.js'
import { LogCapture } from '../supervisor/log-capture.js'

const CHAIN = chainIdFromBigint(901n)
const answer = answerOf([
	{ topics: 3, data: 32 },
	{ topics: 1, data: 200 },
])
const expected = decodeReceipts(answer, BLOCK)

const KB = 1024
/** The answer with white space behind it. */
const ofLength = (length: number) => Buffer.concat([answer, Buffer.alloc(length - answer.length, ' ')])

/** A decoder with this kernel, and what it logs. */
function decoderWith(module: WebAssembly.Module, verifyBlooms = false) {
	const logs = new LogCapture()
	return { decoder: new BlockDecoder({ verifyBlooms, loadKernel: () => module }, { log: logs.log }), logs }
}

/** The kernel with one bit of one of Keccak's round constants changed. */
function kernelWithWrongConstant(): WebAssembly.Module {
	const bytes = readFileSync(compiledFile('src/kernel/receipts.wasm'))
	const at = bytes.indexOf(Buffer.from('8280000000000000', 'hex'))
	expect(at).toBeGreaterThan(0)
	bytes[at] = 0x83
	return new WebAssembly.Module(bytes)
}

describe('a block decoder', () => {
	it('decodes some blocks twice, and says nothing while both agree', () => {
		const { decoder, logs } = decoderWith(kernelModule())
		const ordinary = ofLength(64 * KB)
		const checkedAfter = (blocks: number) => {
			for (let i = 0; i < blocks; i++) expect(decoder.decode(ordinary, BLOCK, CHAIN).logCount).toBe(2)
			return decoder.checked
		}
		// 2 MB are 32 blocks, and one more for every 32.
		expect(checkedAfter(32)).toBe(32)
		expect(checkedAfter(32)).toBe(34)
		// 100 MB are 1,600 blocks.
		expect(checkedAfter(1_536)).toBe(32 + 50)
		expect(checkedAfter(1_000)).toBe(32 + 50 + 1)
		expect(decoder.decode(ordinary, BLOCK, CHAIN)).toEqual(expected)
		expect(logs.records).toEqual([])
	})

	it('does not decode huge blocks twice before their share of all is small', () => {
		const { decoder } = decoderWith(kernelModule())
		const huge = ofLength(5 * 1024 * KB)
		for (let i = 0; i < 15; i++) decoder.decode(huge, BLOCK, CHAIN)
		expect(decoder.checked).toBe(0)
		for (let i = 0; i < 10; i++) decoder.decode(huge, BLOCK, CHAIN)
		expect(decoder.checked).toBe(1)
	})

	it('leaves the kernel for good when it hashes wrongly, loudly, with the right result', () => {
		const { decoder, logs } = decoderWith(kernelWithWrongConstant())
		for (let i = 0; i < 3; i++) expect(decoder.decode(answer, BLOCK, CHAIN)).toEqual(expected)
		expect(logs.records).toMatchObject([
			{
				level: 50,
				chain: '901',
				block: BLOCK,
				difference: expect.stringMatching(/^log 0 has hash 0x[0-9a-f]{64}, expected 0x[0-9a-f]{64}$/),
			},
		])
		expect(decoder.checked).toBe(1)
	})

	it('leaves it when it reads receipts that must be refused, and refuses them', async () => {
		const { decoder, logs } = decoderWith(await compileKernel({ scan: 'return 0' }))
		for (let i = 0; i < 3; i++) {
			expect(() => decoder.decode(Buffer.from('[{}]'), BLOCK, CHAIN)).toThrow(MalformedValueError)
		}
		expect(logs.records).toMatchObject([{ level: 50, difference: 'the plain decoder refuses the receipts' }])
	})

	it('leaves it when it leaves out a log', async () => {
		const { decoder, logs } = decoderWith(await compileKernel({ scan: 'return 1' }))
		expect(decoder.decode(answer, BLOCK, CHAIN)).toEqual(expected)
		expect(logs.records).toMatchObject([{ level: 50, difference: '1 logs, expected 2' }])
	})

	it('leaves it when it traps', async () => {
		const { decoder, logs } = decoderWith(await compileKernel({ scan: 'unreachable(); return 0' }))
		for (let i = 0; i < 3; i++) expect(decoder.decode(answer, BLOCK, CHAIN)).toEqual(expected)
		expect(logs.records).toMatchObject([{ level: 50, difference: expect.stringMatching(/^it trapped: /) }])
	})

	it('does without one that cannot be compiled', () => {
		const logs = new LogCapture()
		const loadKernel = () => new WebAssembly.Module(Buffer.from('no kernel'))
		const decoder = new BlockDecoder({ verifyBlooms: false, loadKernel }, { log: logs.log })
		expect(decoder.decode(answer, BLOCK, CHAIN)).toEqual(expected)
		expect(logs.records).toMatchObject([{ level: 50, err: { type: 'CompileError' } }])
	})

	it('gives what the kernel does not know to the plain decoder', async () => {
		const { decoder, logs } = decoderWith(kernelModule())
		const escaped = Buffer.from(answer.toString().replace('"status"', '"stat\\u0075s"'))
		expect(decoder.decode(escaped, BLOCK, CHAIN)).toEqual(expected)
		expect(() => decoder.decode(Buffer.from('[{}]'), BLOCK, CHAIN)).toThrow(MalformedValueError)
		expect(decoder.checked).toBe(0)
		expect(logs.records).toEqual([])
	})

	it('uses the plain decoder alone when blooms are verified', () => {
		const { decoder } = decoderWith(kernelWithWrongConstant(), true)
		expect(() => decoder.decode(answer, BLOCK, CHAIN)).toThrow(/logsBloom/)
	})
})
