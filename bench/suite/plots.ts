import { linePlot, type PlotLine } from './line-plot.js'
import type { Measurement } from './measurement.js'

/** A plot, and the name of its file. */
export interface Plot {
	readonly file: string
	readonly svg: string
}

/** The plots for which there are measurements. */
export function plotsOf(measurements: readonly Measurement[]): Plot[] {
	const plots: Plot[] = []
	const names = [...new Set(measurements.map(({ contestant }) => contestant))]
	const overStore = names.flatMap((name): PlotLine[] => {
		const points = measurements.find((each) => each.row === 'store' && each.contestant === name)?.series
			?.points
		return points === undefined || points.length === 0 ? [] : [{ name, points }]
	})
	if (overStore.length > 0) {
		const svg = linePlot({
			...{ title: 'Throughput over the size of the store', x: 'blocks in the store', y: 'blocks/s' },
			...{ scale: 'linear', lines: overStore },
		})
		plots.push({ file: 'store-size.svg', svg })
	}
	const overLatency = names.map((name) => ({ name, points: latencyPoints(measurements, name) }))
	if (overLatency.some(({ points }) => points.length > 1)) {
		const svg = linePlot({
			...{ title: 'Throughput over latency', x: 'ms added to each answer', y: 'blocks/s' },
			...{ scale: 'log', lines: overLatency },
		})
		plots.push({ file: 'latency.svg', svg })
	}
	return plots
}

/** The rows `bulk`, which has none, and `latency`, whose cases begin with theirs. */
function latencyPoints(measurements: readonly Measurement[], name: string): [number, number][] {
	return measurements.flatMap((each): [number, number][] => {
		if (each.contestant !== name || (each.row !== 'bulk' && each.row !== 'latency')) return []
		const rate = each.figures.find((figure) => figure.name === 'blocks/s')
		return rate === undefined ? [] : [[each.row === 'bulk' ? 0 : Number.parseInt(each.case, 10), rate.value]]
	})
}
