import { expect, test } from 'vitest'
import { UnaskedAllowance } from '../../src/node/unasked-allowance.js'

function allowance() {
	let nowMs = 0
	const it = new UnaskedAllowance({ burst: 100, perSecond: 10, perL1Block: 20 }, { now: () => nowMs })
	/** How many more may come. */
	const left = () => {
		let count = 0
		while (it.take()) count++
		return count
	}
	return { it, left, pass: (ms: number) => (nowMs += ms) }
}

test('a burst may come at any time, and as much again when the node was quiet for long', () => {
	const { left, pass } = allowance()
	expect(left()).toBe(100)
	pass(60_000)
	expect(left()).toBe(100)
})

test('what comes at the rate may come for ever, and half as much again may not', () => {
	const slow = allowance()
	for (let second = 0; second < 1_000; second++) {
		for (let message = 0; message < 10; message++) expect(slow.it.take()).toBe(true)
		slow.pass(1_000)
	}
	const fast = allowance()
	let taken = 0
	while (fast.it.take()) if (++taken % 15 === 0) fast.pass(1_000)
	expect(taken).toBeGreaterThanOrEqual(100)
	expect(taken).toBeLessThan(320)
})

test('time in which nothing is read does not count: a throttled flood is one all the same', () => {
	const { it, pass } = allowance()
	let taken = 0
	for (;;) {
		if (!it.take()) break
		taken++
		it.setReading(false)
		pass(1_000)
		it.setReading(true)
	}
	expect(taken).toBe(100)
})

test('each new L1 block gives something to say, once', () => {
	const { it, left } = allowance()
	expect(left()).toBe(100)
	it.provided(7)
	expect(left()).toBe(19)
	for (const again of [7, 6, 7]) it.provided(again)
	expect(left()).toBe(0)
	it.provided(8)
	it.provided(9)
	expect(left()).toBeGreaterThan(30)
})

test('what it was that came is told in words', () => {
	const { it, left, pass } = allowance()
	pass(10_000)
	it.take()
	it.take()
	pass(100)
	left()
	expect(it.described).toBe('102 messages that nobody asked for within 0.1 s')
})
