import type { Counter } from 'prom-client'
import type { IndexingMetrics } from '../metrics/indexing-metrics.js'
import { type HistoryMessage, RATES, type Rate, type RatesMessage } from './status-message.js'

/** Short enough to see it move. */
const INTERVAL_MS = 2_000
/** Five minutes. */
const KEPT = 150
/** Rates are means over this many intervals: blocks come one in two seconds, which alone would be 0 or 1. */
const SMOOTHED = 5

type Counts = Readonly<Record<Rate, number>>
type ChainCounts = ReadonlyMap<string, Counts>

/** What throughput was in the last minutes, looked at every two seconds from the start on, viewers or not. */
export class ThroughputHistory {
	readonly #counters: Readonly<Record<Rate, Counter<'chain'>>>
	readonly #timer: NodeJS.Timeout
	readonly #now: () => number
	#counts: { readonly at: number; readonly chains: ChainCounts }[] = []
	#rates: RatesMessage['chains'][] = []
	#count = 0

	constructor(
		metrics: IndexingMetrics,
		options: { readonly intervalMs?: number; readonly now?: () => number } = {},
	) {
		this.#counters = {
			blocks: metrics.blocks,
			logs: metrics.logs,
			messages: metrics.executingMessages,
			bytes: metrics.receiptBytes,
		}
		this.#now = options.now ?? (() => performance.now())
		this.#timer = setInterval(() => void this.look(), options.intervalMs ?? INTERVAL_MS)
		this.#timer.unref()
	}

	/** The newest rates. */
	get newest(): RatesMessage | undefined {
		const chains = this.#rates.at(-1)
		return chains && { count: this.#count - 1, chains }
	}

	/** All that are kept. */
	get history(): HistoryMessage {
		return { intervalMs: INTERVAL_MS, first: this.#count - this.#rates.length, rates: this.#rates }
	}

	/** Reads the counters, which the timer does by itself. */
	async look(): Promise<void> {
		const chains = await this.#read()
		const now = { at: this.#now(), chains }
		const before = this.#counts[0]
		this.#counts = [...this.#counts, now].slice(-SMOOTHED)
		if (before === undefined || now.at <= before.at) return
		const seconds = (now.at - before.at) / 1_000
		const rates = Object.fromEntries(
			[...chains].map(([chain, counts]) => [chain, ratesOf(counts, before.chains.get(chain), seconds)]),
		)
		this.#rates = [...this.#rates, rates].slice(-KEPT)
		this.#count++
	}

	close(): void {
		clearInterval(this.#timer)
	}

	async #read(): Promise<ChainCounts> {
		const chains = new Map<string, Record<Rate, number>>()
		for (const rate of RATES) {
			for (const { labels, value } of (await this.#counters[rate].get()).values) {
				const chain = String(labels.chain ?? '')
				const counts = chains.get(chain) ?? { blocks: 0, logs: 0, messages: 0, bytes: 0 }
				counts[rate] = value
				chains.set(chain, counts)
			}
		}
		return chains
	}
}

function ratesOf(now: Counts, before: Counts | undefined, seconds: number): Counts {
	const rate = (of: Rate) => Number((Math.max(0, now[of] - (before?.[of] ?? 0)) / seconds).toPrecision(4))
	return { blocks: rate('blocks'), logs: rate('logs'), messages: rate('messages'), bytes: rate('bytes') }
}
