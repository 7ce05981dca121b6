import { el, setText, svg } from './element.js'

const WIDTH = 150
const HEIGHT = 30
/** Fewer values do not fill the width. */
const LEAST_VALUES = 45

/** A line of the last minutes, with its newest value in words. */
export class Sparkline {
	readonly element: HTMLElement
	readonly #value = el('b')
	readonly #line = svg('path', { class: 'line', 'vector-effect': 'non-scaling-stroke' })
	readonly #area = svg('path', { class: 'area' })
	readonly #text: (value: number) => string

	constructor(name: string, text: (value: number) => string) {
		this.#text = text
		const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }
		this.element = el('div', 'spark', [
			el('p', '', [this.#value, ` ${name}`]),
			svg('svg', box, [this.#area, this.#line]),
		])
	}

	/** @param values oldest first */
	show(values: readonly number[]): void {
		const newest = values.at(-1)
		this.element.hidden = newest === undefined
		if (newest === undefined) return
		setText(this.#value, this.#text(newest))
		const top = Math.max(...values, Number.MIN_VALUE)
		const steps = Math.max(LEAST_VALUES, values.length) - 1
		const x = (index: number) => WIDTH - ((values.length - 1 - index) * WIDTH) / steps
		const y = (value: number) => HEIGHT - 1 - (value / top) * (HEIGHT - 3)
		const line = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join('L')
		this.#line.setAttribute('d', `M${line}`)
		this.#area.setAttribute('d', `M${x(0).toFixed(1)},${HEIGHT}L${line}L${WIDTH},${HEIGHT}z`)
	}
}
