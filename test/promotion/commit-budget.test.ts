import { describe, expect, it } from 'vitest'
import { CommitBudget } from '../../src/supervisor/commit-budget.js'

describe('CommitBudget', () => {
	it('lets news after a pause begin a round at once, and bulk only so many a second', () => {
		let now = 0
		const budget = new CommitBudget(() => now)
		let rounds = 0
		const until = 10_000
		while (now < until) {
			const wait = budget.take()
			if (wait === 0) rounds++
			else now += wait
		}
		expect(rounds).toBeGreaterThan(490)
		expect(rounds).toBeLessThan(530)
		now += 1_000
		expect([budget.take(), budget.take(), budget.take()]).toEqual([0, 0, 0])
	})

	it('never asks to wait longer than the time of one round', () => {
		let now = 0
		const budget = new CommitBudget(() => now)
		for (let i = 0; i < 1_000; i++) {
			const wait = budget.take()
			expect(wait).toBeLessThanOrEqual(20)
			now += wait
		}
	})
})
