import type { ClusterReading } from '../../src/observability/cluster-reading.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { startMetricsServer } from '../../src/observability/metrics-server.js'
import { readinessOf } from '../../src/observability/readiness-answer.js'
import { afterTest } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { healthyReading } from './sample-reading.js'

export const VERSION = '1.2.3'

/** A metrics server on a cluster whose readings a test makes. */
export class ServedPage {
	/** What is read next. */
	reading: () => ClusterReading = healthyReading
	/** How often it was read. */
	reads = 0
	readonly logs = new LogCapture()
	readonly metrics = new Metrics({ version: VERSION })
	#server: { readonly addr: string; close(): Promise<void> } | undefined

	static async start(): Promise<ServedPage> {
		const served = new ServedPage()
		served.metrics.readFrom({
			read: () => {
				served.reads++
				return served.reading()
			},
		})
		afterTest(async () => {
			await served.stop()
			served.metrics.close()
		})
		await served.listen(0)
		return served
	}

	get url(): string {
		return `http://${this.#server?.addr}/`
	}

	get port(): number {
		return Number(new URL(this.url).port)
	}

	async listen(port: number): Promise<void> {
		const { metrics } = this
		const readiness = readinessOf({ read: () => this.reading() })
		this.#server = await startMetricsServer(
			{ addr: '127.0.0.1', port },
			{ metrics, readiness, log: this.logs.log, version: VERSION },
		)
	}

	async stop(): Promise<void> {
		await this.#server?.close()
	}
}
