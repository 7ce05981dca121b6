import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { anyReceipts, type Members, PLAIN, type Spelling, writeReceipts } from '../protocol/receipt-texts.js'
import { agrees, kernel, specified } from './specified.js'

const anySpaces = fc.array(fc.constantFrom('', ' ', '\n', '\t', '\r\n  '), { minLength: 1, maxLength: 7 })

/** The same members in an order that depends on the seed. */
function shuffle(members: Members, seed: number): Members {
	return members
		.map((member, i) => ({ member, rank: Math.imul(seed + i, 0x9e3779b1) >>> 0 }))
		.toSorted((a, b) => a.rank - b.rank)
		.map(({ member }) => member)
}

const EXTRA: Members = [
	['nested', { a: [1, { b: [] }, 'x,]}'], c: null }],
	['number', -12],
	['empty', {}],
	['truth', true],
	['logindex', '0x7'],
	['ünïcode', 'ß'],
]

afterAll(() => expect(kernel.trap).toBeUndefined())

describe('the kernel', () => {
	it('reads what nodes send, in any spacing and order, with unknown members, wrapped or bare', () => {
		fc.assert(
			fc.property(anyReceipts, anySpaces, fc.nat(), fc.boolean(), (sample, spaces, seed, bare) => {
				const spelling: Spelling = {
					...PLAIN,
					spaces,
					arrange: (members) => shuffle([...members, ...EXTRA], seed),
				}
				const answer = writeReceipts(sample.receipts, spelling, bare)
				expect(agrees(answer, sample.block)).toBe(true)
				expect(kernel.scan(answer, sample.block)?.logCount).toBe(sample.logCount)
				expect(kernel.scan(answer, sample.block)?.executing.length).toBe(sample.executingCount)
			}),
		)
	})

	it('agrees on upper-case digits, or leaves them to the decoder', () => {
		fc.assert(
			fc.property(anyReceipts, (sample) => {
				const quote = (text: string) =>
					JSON.stringify(text.replace(/^0x.*/, (hex) => `0x${hex.slice(2).toUpperCase()}`))
				const answer = writeReceipts(sample.receipts, { ...PLAIN, quote })
				agrees(answer, sample.block)
				expect(specified(answer, sample.block)?.logCount).toBe(sample.logCount)
			}),
			{ numRuns: 30 },
		)
	})

	it('leaves escapes to the decoder', () => {
		const escapeAt = (text: string, at: number) => {
			const i = at % (text.length + 1)
			const code = text.charCodeAt(i)
			if (Number.isNaN(code)) return JSON.stringify(text)
			return `"${text.slice(0, i)}\\u${code.toString(16).padStart(4, '0')}${text.slice(i + 1)}"`
		}
		fc.assert(
			fc.property(anyReceipts, fc.nat(), fc.integer({ min: 1, max: 40 }), (sample, at, every) => {
				let strings = 0
				const quote = (text: string) => (strings++ % every === 0 ? escapeAt(text, at) : JSON.stringify(text))
				const answer = writeReceipts(sample.receipts, { ...PLAIN, quote })
				agrees(answer, sample.block)
				expect(specified(answer, sample.block)?.logCount).toBe(sample.logCount)
			}),
		)
	})

	it('agrees when members are missing or repeated', () => {
		const change = fc.record({
			pick: fc.nat(),
			repeat: fc.boolean(),
			depth: fc.nat({ max: 1 }),
			value: fc.option(fc.constantFrom('0x', '0x0', '0x1', null, [], 5)),
		})
		let read = 0
		fc.assert(
			fc.property(anyReceipts, change, (sample, { pick, repeat, depth, value }) => {
				const arrange = (members: Members, at: number): Members => {
					if (at !== depth) return members
					const i = pick % members.length
					const [key, old] = members[i] ?? ['', '']
					if (!repeat) return members.toSpliced(i, 1)
					return [...members, [key, value ?? old]]
				}
				if (agrees(writeReceipts(sample.receipts, { ...PLAIN, arrange }), sample.block)) read++
			}),
			{ numRuns: 300 },
		)
		expect(read).toBeGreaterThan(0)
	})

	it('refuses a text that is cut anywhere, and anything behind its end', () => {
		const [sample] = fc.sample(
			anyReceipts.filter((s) => s.receipts.length === 2 && s.logCount >= 2 && s.executingCount >= 1),
			{ numRuns: 1, seed: 7 },
		)
		if (sample === undefined) throw new Error('no sample')
		const answer = writeReceipts(sample.receipts)
		expect(agrees(answer, sample.block)).toBe(true)
		for (let length = 0; length < answer.length; length++) {
			// Then the rest of the answer still lies behind the end in the kernel's memory: who reads on finds it.
			expect(kernel.scan(answer, sample.block)).toBeDefined()
			expect(kernel.scan(answer.subarray(0, length), sample.block)).toBeUndefined()
		}
		for (let byte = 0; byte < 256; byte++) {
			const longer = Buffer.concat([answer, Buffer.of(byte)])
			expect(agrees(longer, sample.block)).toBe(' \n\r\t'.includes(String.fromCharCode(byte)))
		}
		for (const tail of [',', '}', ']', '{"result":[]}', '\0', '"']) {
			expect(kernel.scan(Buffer.concat([answer, Buffer.from(tail)]), sample.block)).toBeUndefined()
		}
	})

	it('agrees after random changes of bytes', () => {
		const edit = fc.record({
			at: fc.nat(),
			kind: fc.constantFrom('replace', 'insert', 'delete', 'swap'),
			byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('{}[]",:\\ 0xaF9.e-n'))),
			length: fc.integer({ min: 1, max: 90 }),
		})
		let unchanged = 0
		fc.assert(
			fc.property(anyReceipts, fc.array(edit, { minLength: 1, maxLength: 3 }), (sample, edits) => {
				let answer = writeReceipts(sample.receipts)
				for (const { at, kind, byte, length } of edits) {
					const p = at % answer.length
					const [from, to] = [answer.subarray(0, p), answer.subarray(p)]
					if (kind === 'replace') answer = Buffer.concat([from, Buffer.of(byte), to.subarray(1)])
					else if (kind === 'insert') answer = Buffer.concat([from, Buffer.of(byte), to])
					else if (kind === 'delete') answer = Buffer.concat([from, to.subarray(length)])
					else answer = Buffer.concat([from, to.subarray(length), to.subarray(0, length)])
				}
				if (agrees(answer, sample.block)) unchanged++
			}),
			{ numRuns: 3000 },
		)
		// Changes in members that are skipped leave the result as it was.
		expect(unchanged).toBeGreaterThan(0)
	})

	it('keeps its results apart from one another', () => {
		fc.assert(
			fc.property(anyReceipts, anyReceipts, (a, b) => {
				const first = kernel.scan(writeReceipts(a.receipts), a.block)
				const copy = structuredClone(first)
				kernel.scan(writeReceipts(b.receipts), b.block)
				expect(first).toEqual(copy)
			}),
			{ numRuns: 20 },
		)
	})
})
