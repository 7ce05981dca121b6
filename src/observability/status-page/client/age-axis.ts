/** Ages that the axis can end at, and those that it names: seconds. */
const TICKS: readonly (readonly [age: number, name: string])[] = [
	[0, 'now'],
	[2, '2s'],
	[10, '10s'],
	[60, '1m'],
	[600, '10m'],
	[3_600, '1h'],
	[6 * 3_600, '6h'],
	[86_400, '1d'],
	[7 * 86_400, '7d'],
	[30 * 86_400, '30d'],
	[365 * 86_400, '1y'],
	[3_650 * 86_400, '10y'],
	[36_500 * 86_400, '100y'],
]

/** The shortest axis, so that a healthy cluster does not jump between scales. */
const SHORTEST = 600

/** Ages below this are spread evenly, those above by their logarithm: seconds. */
const EVEN = 2

/** A scale from old (0, on the left) to now (1, on the right) for all lanes. */
export class AgeAxis {
	readonly #end: number

	/** @param oldest the greatest age that is to be on it */
	constructor(oldest: number) {
		this.#end = TICKS.find(([age]) => age >= Math.max(oldest, SHORTEST))?.[0] ?? oldest
	}

	/** Where an age is, from 0 to 1. */
	at(age: number): number {
		const clamped = Math.min(Math.max(0, age), this.#end)
		return 1 - Math.log1p(clamped / EVEN) / Math.log1p(this.#end / EVEN)
	}

	/** What is written on it, the newest first. */
	get ticks(): readonly { readonly name: string; readonly at: number }[] {
		return TICKS.filter(([age]) => age <= this.#end).map(([age, name]) => ({ name, at: this.at(age) }))
	}
}
