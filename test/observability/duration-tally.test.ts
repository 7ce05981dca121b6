import fc from 'fast-check'
import { Histogram } from 'prom-client'
import { expect, test } from 'vitest'
import { DurationTally } from '../../src/observability/metrics/duration-tally.js'

const BOUNDS = [0.5, 1, 2.5]

test('counted in parts and added up it is what a histogram of prom-client is', async () => {
	const observation = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(0, 0.5, 0.75, 1, 2, 2.5, 3, 100))
	await fc.assert(
		fc.asyncProperty(fc.array(fc.array(observation)), async (parts) => {
			const histogram = new Histogram({
				name: 'x',
				help: 'x',
				buckets: BOUNDS,
				labelNames: ['method'],
				registers: [],
			})
			const whole = new DurationTally('method', BOUNDS)
			for (const part of parts) {
				const tally = new DurationTally('method', BOUNDS)
				for (const [method, seconds] of part) {
					histogram.observe({ method }, seconds)
					tally.observe({ method }, seconds)
				}
				whole.add(tally.take())
			}
			const found = whole
				.histograms()
				.flatMap(({ labels, buckets, sum, count }) => [
					...buckets.map(([le, value]) => ['x_bucket', labels.method, le, value]),
					['x_bucket', labels.method, '+Inf', count],
					['x_sum', labels.method, undefined, sum],
					['x_count', labels.method, undefined, count],
				])
			const expected = (await histogram.get()).values.map(({ metricName, labels, value }) => [
				metricName,
				labels.method,
				(labels as { readonly le?: number | string }).le,
				value,
			])
			const sorted = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).sort()
			expect(sorted(found)).toEqual(sorted(expected))
		}),
	)
})
