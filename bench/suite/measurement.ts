import type { ContestantName } from './contestant.js'

/** One number. */
export interface Figure {
	readonly name: string
	readonly value: number
	readonly unit: string
	/** What is better, for a ratio; a figure without it has none. */
	readonly better?: 'more' | 'less'
}

/** Figures along something, for a plot. */
export interface Series {
	readonly name: string
	readonly x: { readonly name: string; readonly unit: string }
	readonly y: { readonly name: string; readonly unit: string }
	readonly points: readonly (readonly [x: number, y: number])[]
}

/** What one contestant did in one case of a row. */
export interface Measurement {
	readonly row: string
	readonly case: string
	readonly contestant: ContestantName
	readonly figures: readonly Figure[]
	readonly series?: Series
	/** What did not go as it should; figures then are of what was done until then. */
	readonly problem?: string
}

/** What a measurement gives, before it is known whose it is. */
export type Measured = Pick<Measurement, 'figures' | 'series' | 'problem'>

/** Of several runs: the median of each figure (of an even number, the lower one), and what else the first of them has. */
export function medianOf(runs: readonly Measured[]): Measured {
	const first = runs.find(({ figures }) => figures.length > 0) ?? runs[0]
	if (first === undefined) throw new RangeError('there was no run')
	const problem = runs.find((run) => run.problem !== undefined)?.problem
	return {
		...first,
		figures: first.figures.map((figure) => {
			const values = runs.flatMap((run) => run.figures.find(({ name }) => name === figure.name)?.value ?? [])
			values.sort((a, b) => a - b)
			return { ...figure, value: values[(values.length - 1) >> 1] ?? figure.value }
		}),
		...(problem === undefined ? {} : { problem }),
	}
}

/** How many times better than the other a figure is; undefined where that says nothing. */
export function timesBetter(figure: Figure, other: Figure | undefined): number | undefined {
	if (other === undefined || figure.better === undefined) return undefined
	const ratio = figure.better === 'more' ? figure.value / other.value : other.value / figure.value
	return Number.isFinite(ratio) ? ratio : undefined
}
