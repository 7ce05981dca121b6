/** Questions that are under way: who asks the same meanwhile gets the same answer. */
export class Flights<Key, T> {
	readonly #flights = new Map<Key, Promise<T>>()

	get size(): number {
		return this.#flights.size
	}

	has(key: Key): boolean {
		return this.#flights.has(key)
	}

	/** @param ask called if nobody has asked this yet, or that was answered */
	once(key: Key, ask: () => Promise<T>): Promise<T> {
		const running = this.#flights.get(key)
		if (running !== undefined) return running
		const asking = ask().finally(() => this.#flights.delete(key))
		this.#flights.set(key, asking)
		return asking
	}
}
