/**
 * What was read of one state of the store, for all snapshots of that state: finding the last row of a table takes a
 * cursor (15 us), and between two commits it is found again and again.
 */
export class Remembered {
	#commits = -1
	#values: RememberedValues = new Map()

	/** What is remembered of the state after so many commits; undefined: nobody counts them, nothing is remembered. */
	of(commits: number | undefined): RememberedValues {
		if (commits === undefined || commits < this.#commits) return new Map()
		if (commits > this.#commits) {
			this.#commits = commits
			this.#values = new Map()
		}
		return this.#values
	}
}

/** By what it belongs to, and by name. */
export type RememberedValues = Map<object, Map<string, unknown>>
