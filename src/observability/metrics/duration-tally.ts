import type { CountedHistogram } from './metric-register.js'

/** How many durations were within each bound and above all of them, and their sum, by label. */
export type DurationTallyReport = readonly {
	readonly label: string
	/** One more than there are bounds; not cumulated. */
	readonly counts: readonly number[]
	readonly sum: number
}[]

/** A histogram of durations by one label that can be counted in several threads and added up. */
export class DurationTally<Name extends string> {
	readonly #name: Name
	readonly #bounds: readonly number[]
	readonly #series = new Map<string, { readonly counts: number[]; sum: number }>()

	/**
	 * @param name of the label
	 * @param bounds of the buckets in seconds, ascending
	 */
	constructor(name: Name, bounds: readonly number[]) {
		this.#name = name
		this.#bounds = bounds
	}

	/** As prom-client's histograms observe. */
	observe(labels: Readonly<Record<Name, string>>, seconds: number): void {
		const of = this.#of(labels[this.#name])
		const bucket = this.#bounds.findIndex((bound) => seconds <= bound)
		const at = bucket < 0 ? this.#bounds.length : bucket
		of.counts[at] = (of.counts[at] ?? 0) + 1
		of.sum += seconds
	}

	/** Adds what was counted elsewhere, with the same bounds. */
	add(report: DurationTallyReport): void {
		for (const { label, counts, sum } of report) {
			const of = this.#of(label)
			for (const [at, count] of counts.entries()) of.counts[at] = (of.counts[at] ?? 0) + count
			of.sum += sum
		}
	}

	/** All since the last call. */
	take(): DurationTallyReport {
		const report = [...this.#series].map(([label, { counts, sum }]) => ({ label, counts, sum }))
		this.#series.clear()
		return report
	}

	/** As Prometheus has histograms. */
	histograms(): CountedHistogram[] {
		return [...this.#series].map(([label, { counts, sum }]) => {
			let count = 0
			const buckets = this.#bounds.map((bound, at) => {
				count += counts[at] ?? 0
				return [bound, count] as const
			})
			return { labels: { [this.#name]: label }, buckets, sum, count: count + (counts.at(-1) ?? 0) }
		})
	}

	#of(label: string): { readonly counts: number[]; sum: number } {
		let of = this.#series.get(label)
		if (of === undefined) {
			of = { counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 }
			this.#series.set(label, of)
		}
		return of
	}
}
