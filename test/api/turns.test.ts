import { expect, test } from 'vitest'
import { Turns } from '../../src/api/turns.js'

/** Keeps the thread busy for longer than a turn. */
function longWork(): void {
	const until = performance.now() + 3
	while (performance.now() < until);
}

test('what there is time for runs at once', () => {
	const turns = new Turns()
	expect(turns.run('a', () => 'done')).toBe('done')
})

test('a fault reaches the one who asked, now and later', async () => {
	const turns = new Turns()
	const fail = () => {
		throw new Error('no')
	}
	expect(() => turns.run('a', fail)).toThrow('no')
	turns.run('a', longWork)
	await expect(turns.run('a', fail)).rejects.toThrow('no')
})

test('a client that asks much does not keep the others waiting: they take turns', async () => {
	const turns = new Turns()
	const order: string[] = []
	const ask = (client: string, name: string) =>
		turns.run(client, () => {
			longWork()
			order.push(name)
		})
	const answers = [ask('greedy', 'first')]
	for (let i = 0; i < 20; i++) answers.push(ask('greedy', `greedy ${i}`))
	answers.push(ask('modest', 'modest 0'), ask('modest', 'modest 1'))
	await Promise.all(answers)
	expect(order.slice(0, 5)).toEqual(['first', 'greedy 0', 'modest 0', 'greedy 1', 'modest 1'])
	expect(order.length).toBe(23)
})

test('other work of the process runs between two turns', async () => {
	const turns = new Turns()
	const order: string[] = []
	const answers = Array.from({ length: 4 }, (_, i) =>
		turns.run('a', () => {
			longWork()
			order.push(`piece ${i}`)
		}),
	)
	setTimeout(() => order.push('timer'))
	await Promise.all(answers)
	expect(order.indexOf('timer')).toBeGreaterThan(0)
	expect(order.indexOf('timer')).toBeLessThan(4)
})
