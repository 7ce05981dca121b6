import { expect, it } from 'vitest'
import { AgeAxis } from '../../src/observability/status-page/client/age-axis.js'
import { Rates } from '../../src/observability/status-page/client/rates.js'
import { ageText, bytesText, counted, numberText } from '../../src/observability/status-page/client/words.js'

it('figures are in words', () => {
	expect([0.4, 59.6, 75, 3_660, 172_800, -3].map(ageText)).toEqual([
		'0s',
		'1m 0s',
		'1m 15s',
		'1h 1m',
		'2d',
		'0s',
	])
	expect([0, 999, 1_234, 85_100_000].map(bytesText)).toEqual(['0 B', '999 B', '1.23 kB', '85.1 MB'])
	expect([counted(1, 'node'), counted(2_000, 'node')]).toEqual(['1 node', '2,000 nodes'])
	expect(numberText(1_234_567)).toBe('1,234,567')
})

it('the axis ends at the next named age, has now on the right, and whatever is beyond at its ends', () => {
	const axis = new AgeAxis(3_000)
	expect(axis.ticks.map(({ name }) => name)).toEqual(['now', '2s', '10s', '1m', '10m', '1h'])
	expect([axis.at(0), axis.at(-5), axis.at(3_600), axis.at(1e9)]).toEqual([1, 1, 0, 0])
	expect(axis.at(10)).toBeGreaterThan(axis.at(11))
	expect(new AgeAxis(1).ticks.at(-1)?.name).toBe('10m')
	expect(new AgeAxis(1e12).at(1e12)).toBe(0)
})

it('rates begin with what the server kept, and take every new one once', () => {
	const rates = new Rates()
	const one = (blocks: number) => ({ '901': { blocks, logs: 0, messages: 0, bytes: 0 } })
	rates.begin({ intervalMs: 2_000, first: 7, rates: [one(1), one(2)] })
	rates.add({ count: 8, chains: one(2) })
	rates.add({ count: 9, chains: one(3) })
	rates.add({ count: 9, chains: one(3) })
	expect(rates.of('901', 'blocks')).toEqual([1, 2, 3])
	expect(rates.of('902', 'blocks')).toEqual([])
})
