import { DurationTally, type DurationTallyReport } from '../../observability/metrics/duration-tally.js'
import { RPC_SECONDS } from '../../observability/metrics/rpc-metrics.js'
import type { RpcCounts } from '../rpc-server.js'

/** What the RPC thread has counted since it last told. */
export interface RpcCountsReport {
	readonly requests: readonly {
		readonly method: string
		readonly code: string | number
		readonly count: number
	}[]
	/** By method. */
	readonly seconds: DurationTallyReport
	/** Open now. */
	readonly connections: number
}

/** Counts what the RPC thread does. Main, where the metrics are, is told by and by. */
export class RpcThreadCounts implements RpcCounts {
	#requests = new Map<string, { method: string; code: string | number; count: number }>()
	#connections = 0
	readonly seconds = new DurationTally('method', RPC_SECONDS)
	readonly requests = {
		inc: ({ method, code }: { method: string; code: string | number }) => {
			const key = `${method} ${code}`
			const known = this.#requests.get(key)
			if (known === undefined) this.#requests.set(key, { method, code, count: 1 })
			else known.count++
		},
	}
	readonly connections = {
		inc: () => {
			this.#connections++
		},
		dec: () => {
			this.#connections--
		},
	}

	/** All since the last call. */
	take(): RpcCountsReport {
		const report = {
			requests: [...this.#requests.values()],
			seconds: this.seconds.take(),
			connections: this.#connections,
		}
		this.#requests = new Map()
		return report
	}
}
