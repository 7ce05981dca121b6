import { describe, expect, it } from 'vitest'
import type { Note, NoteKind } from '../../bench/fake-cluster-messages.js'
import { delayFigures, delays } from '../../bench/suite/delays.js'
import { linePlot } from '../../bench/suite/line-plot.js'
import { type Figure, medianOf, timesBetter } from '../../bench/suite/measurement.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'

const CHAIN = chainIdFromBigint(901n)

function note(kind: NoteKind, number: number, ms: number, chainId = CHAIN): Note {
	return { kind, chainId, number, ns: BigInt(ms) * 1_000_000n }
}

describe('delays', () => {
	const notes = [
		note('unsafeBlock', 1, 0),
		note('crossUnsafe', 1, 5),
		note('unsafeBlock', 2, 10),
		note('unsafeBlock', 3, 20),
		note('crossUnsafe', 9, 21, chainIdFromBigint(902n)),
		// One answer for two.
		note('crossUnsafe', 3, 40),
		// Said again: it was counted.
		note('unsafeBlock', 3, 50),
		note('unsafeBlock', 4, 60),
	]

	it('go to the first answer about the block or a later one, of the same chain', () => {
		expect(delays(notes, CHAIN, { from: 'unsafeBlock', to: 'crossUnsafe' })).toEqual([5, 30, 20])
	})

	it('leave out blocks and times', () => {
		expect(delays(notes, CHAIN, { from: 'unsafeBlock', to: 'crossUnsafe', skip: 2 })).toEqual([20])
		const between = { fromNs: 0n, toNs: 15_000_000n }
		expect(delays(notes, CHAIN, { from: 'unsafeBlock', to: 'crossUnsafe', between })).toEqual([5, 30])
	})

	it('may go to the answer about the block above', () => {
		const fed = [note('exhaustL1', 7, 0), note('provideL1', 7, 1), note('provideL1', 8, 3)]
		expect(delays(fed, CHAIN, { from: 'exhaustL1', to: 'provideL1', above: 1 })).toEqual([3])
	})

	it('have no percentiles if there are none', () => {
		expect(delayFigures('delay', []).map(({ name }) => name)).toEqual(['delay, number'])
		expect(delayFigures('delay', [3, 1, 2])[0]).toMatchObject({ name: 'delay, p50', value: 2 })
	})
})

describe('measurements', () => {
	const figure = (value: number, better?: 'more' | 'less'): Figure => ({
		...{ name: 'rate', value, unit: '' },
		...(better === undefined ? {} : { better }),
	})

	it('are the medians of runs, and keep the problem of one', () => {
		const runs = [
			{ figures: [], problem: 'it ended' },
			...[5, 1, 3].map((value) => ({ figures: [figure(value)] })),
		]
		expect(medianOf(runs)).toEqual({ figures: [figure(3)], problem: 'it ended' })
	})

	it('are compared by what is better', () => {
		expect(timesBetter(figure(10, 'more'), figure(2, 'more'))).toBe(5)
		expect(timesBetter(figure(10, 'less'), figure(2, 'less'))).toBe(0.2)
		expect(timesBetter(figure(10), figure(2))).toBeUndefined()
		expect(timesBetter(figure(10, 'more'), undefined)).toBeUndefined()
	})
})

describe('plots', () => {
	const options = {
		title: 'a < b',
		x: 'size',
		y: 'rate',
		lines: [
			{
				name: 'vigil',
				points: [
					[0, 1],
					[10, 1000],
				],
			},
		],
	} as const

	it.each(['linear', 'log'] as const)('have a place for every point on a %s scale', (scale) => {
		const svg = linePlot({ ...options, scale })
		expect(svg).toContain('a &lt; b')
		expect(svg.match(/<circle /g)).toHaveLength(2)
		expect(svg).not.toMatch(/NaN|Infinity/)
	})

	it('may have no points', () => {
		expect(linePlot({ ...options, scale: 'log', lines: [] })).not.toMatch(/NaN|Infinity/)
	})
})
