/** Lets one after the other have what only one may have at a time, in the order in which they asked. */
export class Turns {
	#last: Promise<void> = Promise.resolve()

	/** Resolves when it is the caller's turn, with a function that ends it. */
	async next(): Promise<() => void> {
		const before = this.#last
		let end: () => void = () => undefined
		this.#last = new Promise((resolve) => {
			end = resolve
		})
		await before
		return end
	}
}
