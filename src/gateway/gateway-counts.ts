/** How often each of several things happened, by labels that are joined with a blank. */
export type Tally = Record<string, number>

/** What the gateway's thread has counted since it last told. */
export interface CountsReport {
	/** By method and code. */
	readonly requests: Tally
	/** By kind of object. */
	readonly hits: Tally
	readonly misses: Tally
	/** By upstream and outcome: ok, null, error, wrong. */
	readonly upstream: Tally
	readonly servedBytes: number
	/** Over HTTP; what comes over WebSockets is not counted. */
	readonly fetchedBytes: number
	/** Of all objects in the cache, now. */
	readonly cacheBytes: number
}

/** What happens in the gateway. Main, where the metrics are, is told by and by. */
export class GatewayCounts {
	#requests: Tally = {}
	#hits: Tally = {}
	#misses: Tally = {}
	#upstream: Tally = {}
	servedBytes = 0
	fetchedBytes = 0

	request(method: string, code: string | number): void {
		add(this.#requests, `${method} ${code}`)
	}

	hit(kind: string): void {
		add(this.#hits, kind)
	}

	miss(kind: string): void {
		add(this.#misses, kind)
	}

	upstream(name: string, outcome: 'ok' | 'null' | 'error' | 'wrong'): void {
		add(this.#upstream, `${name} ${outcome}`)
	}

	/** All since the last call. */
	take(cacheBytes: number): CountsReport {
		const report = {
			requests: this.#requests,
			hits: this.#hits,
			misses: this.#misses,
			upstream: this.#upstream,
			servedBytes: this.servedBytes,
			fetchedBytes: this.fetchedBytes,
			cacheBytes,
		}
		this.#requests = {}
		this.#hits = {}
		this.#misses = {}
		this.#upstream = {}
		this.servedBytes = 0
		this.fetchedBytes = 0
		return report
	}
}

function add(tally: Tally, key: string): void {
	tally[key] = (tally[key] ?? 0) + 1
}
