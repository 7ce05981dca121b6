import type { AgeAxis } from './age-axis.js'
import { el, showList } from './element.js'

/** A mark on a lane. */
export interface Mark {
	readonly key: string
	/** Seconds; undefined: there is no such block. */
	readonly age: number | undefined
}

/** A track on which marks of a chain lie by their age, each with a band from the past up to it. */
export class Lane {
	readonly element = el('div', 'track')
	readonly #grid = el('div', 'grid')
	readonly #movers = new Map<string, HTMLElement>()

	/** @param signs what a mark looks like, by its key; the newest first */
	constructor(signs: readonly { readonly key: string; readonly sign: () => Element }[]) {
		// What it shows is in words below it.
		this.element.setAttribute('aria-hidden', 'true')
		this.element.append(this.#grid)
		for (const { key, sign } of signs) {
			const mover = el('div', 'mover', [sign()])
			mover.dataset.level = key
			this.element.append(mover)
			this.#movers.set(key, mover)
		}
	}

	show(marks: readonly Mark[], axis: AgeAxis): void {
		showList(this.#grid, axis.ticks, ({ at }) => placed(el('i'), at))
		for (const { key, age } of marks) {
			const mover = this.#movers.get(key)
			if (mover === undefined) continue
			mover.hidden = age === undefined
			if (age !== undefined) placed(mover, axis.at(age))
		}
	}
}

/** What a name on the axis needs, in pixels. */
const LABEL_WIDTH = 36

/** The names of the ages, above the lanes, as many as there is room for. */
export function axisLabels(axis: AgeAxis, into: Element): void {
	const gap = LABEL_WIDTH / Math.max(1, into.clientWidth)
	let last = Number.POSITIVE_INFINITY
	const named = axis.ticks.filter(({ at }) => {
		if (last - at < gap) return false
		last = at
		return true
	})
	showList(into, named, ({ name, at }) => placed(el('span', '', [name]), at))
}

/** Through the object model, because the page's policy lets no style attribute through. */
function placed<Part extends HTMLElement>(part: Part, at: number): Part {
	part.style.setProperty('--at', at.toFixed(4))
	return part
}
