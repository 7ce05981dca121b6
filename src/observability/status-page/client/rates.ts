import type { HistoryMessage, Rate, RatesMessage } from '../status-message.js'

/** As many as the server keeps. */
const KEPT_RATES = 150

/** Throughput of the last minutes: what the server told first, and what came since. */
export class Rates {
	#next = 0
	#rates: RatesMessage['chains'][] = []

	begin({ first, rates }: HistoryMessage): void {
		this.#rates = [...rates]
		this.#next = first + rates.length
	}

	add({ count, chains }: RatesMessage): void {
		if (count < this.#next) return
		this.#next = count + 1
		this.#rates = [...this.#rates, chains].slice(-KEPT_RATES)
	}

	/** Oldest first; none if nothing is counted of the chain. */
	of(chain: string, rate: Rate): number[] {
		if (this.#rates.at(-1)?.[chain] === undefined) return []
		return this.#rates.map((chains) => chains[chain]?.[rate] ?? 0)
	}
}
