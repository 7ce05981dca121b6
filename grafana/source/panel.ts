/** One line of a panel. */
export interface Query {
	readonly expr: string
	/** As Grafana writes it: `{{chain}}`. */
	readonly legend: string
}

export interface Panel {
	readonly kind: 'stat' | 'timeseries' | 'heatmap'
	readonly title: string
	/** What is shown, and what is good. */
	readonly description: string
	readonly queries: readonly Query[]
	/** Grafana's name of the unit. */
	readonly unit: string
	/** Of 24. */
	readonly width: number
	/** Lines that stand on each other. */
	readonly isStacked?: true
	/** Words for values of a stat: [value, text, colour]. */
	readonly words?: readonly (readonly [value: number, text: string, color: Color])[]
	/** From which value on which colour; the first one holds from below. */
	readonly colors?: readonly (readonly [from: number | null, color: Color])[]
}

export type Color = 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text'

interface PanelTexts {
	readonly title: string
	readonly description: string
	readonly unit?: string
	readonly width?: number
}

/** Lines over time. */
export function lines(
	texts: PanelTexts & { readonly isStacked?: true },
	...queries: readonly (readonly [expr: string, legend: string])[]
): Panel {
	return {
		kind: 'timeseries',
		unit: 'short',
		width: 8,
		...texts,
		queries: queries.map(([expr, legend]) => ({ expr, legend })),
	}
}

/** One number a series, as of now. */
export function stat(texts: PanelTexts & Pick<Panel, 'words' | 'colors'>, expr: string, legend = ''): Panel {
	return { kind: 'stat', unit: 'short', width: 3, ...texts, queries: [{ expr, legend }] }
}

/** How the values of a histogram spread over time. */
export function heatmap(texts: PanelTexts, expr: string): Panel {
	return { kind: 'heatmap', unit: 's', width: 12, ...texts, queries: [{ expr, legend: '{{le}}' }] }
}

/** Good is 0. */
export const ZERO_IS_GOOD: NonNullable<Panel['colors']> = [
	[null, 'green'],
	[1, 'red'],
]
/** Good is 1: yes or no. */
export const YES_IS_GOOD: NonNullable<Panel['words']> = [
	[1, 'yes', 'green'],
	[0, 'no', 'red'],
]
/** Good is 0: no or yes. */
export const NO_IS_GOOD: NonNullable<Panel['words']> = [
	[0, 'no', 'green'],
	[1, 'yes', 'red'],
]
