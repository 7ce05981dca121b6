import { Registry } from 'prom-client'
import type { ClusterReading, ReadCluster } from '../cluster-reading.js'
import { notReady } from '../readiness.js'
import { ThreadFigures } from '../thread-figures.js'
import { crossSafetyMetrics } from './cross-safety-metrics.js'
import { headMetrics } from './head-metrics.js'
import { indexingMetrics } from './indexing-metrics.js'
import { l1Metrics } from './l1-metrics.js'
import { MetricRegister } from './metric-register.js'
import { nodeMetrics } from './node-metrics.js'
import { OpSupervisorMetrics } from './op-supervisor-metrics.js'
import { ProcessMetrics } from './process-metrics.js'
import { rpcMetrics } from './rpc-metrics.js'
import { showReading } from './show-reading.js'
import { storageMetrics } from './storage-metrics.js'
import { ThreadMetrics } from './thread-metrics.js'

/**
 * Every metric of the process, declared once, in a registry of its own. It is handed to the parts: what happens is
 * counted where it happens, and what is, is read from the cluster once for each scrape.
 *
 * @example
 * const metrics = new Metrics({ version })
 * const supervisor = await Supervisor.start(settings, { log, metrics })
 * metrics.readFrom(supervisor)
 * await startMetricsServer(address, { metrics, log })
 */
export class Metrics {
	readonly #register = new MetricRegister(new Registry())
	readonly throughput = indexingMetrics(this.#register)
	readonly heads = headMetrics(this.#register)
	readonly crossSafety = crossSafetyMetrics(this.#register)
	readonly l1 = l1Metrics(this.#register)
	readonly nodes = nodeMetrics(this.#register)
	readonly rpc = rpcMetrics(this.#register)
	readonly storage = storageMetrics(this.#register)
	readonly threads = new ThreadMetrics(this.#register)
	readonly #process: ProcessMetrics
	readonly #opSupervisor: OpSupervisorMetrics
	readonly #unwatch: () => void
	#cluster: ReadCluster | undefined

	constructor(options: { readonly version: string }) {
		this.#process = new ProcessMetrics(this.#register, options)
		this.#opSupervisor = new OpSupervisorMetrics(this.#register, {
			rpc: this.rpc,
			nodes: this.nodes,
			version: options.version,
		})
		const figures = ThreadFigures.allocate()
		this.#unwatch = figures.watch()
		this.threads.add('main', figures)
	}

	/** What is declared, in order. */
	get declarations() {
		return this.#register.declarations
	}

	/** Of the text that `text` gives. */
	get contentType(): string {
		return this.#register.registry.contentType
	}

	/** From now on the state of this cluster is served; undefined: of none. */
	readFrom(cluster: ReadCluster | undefined): void {
		this.#cluster = cluster
	}

	/** All metrics in Prometheus' text format, with everything that is read as of now. */
	async text(): Promise<string> {
		const reading: ClusterReading | undefined = this.#cluster?.read()
		showReading(this, reading)
		this.heads.ready.set(notReady(reading).length === 0 ? 1 : 0)
		this.#process.refresh()
		this.threads.refresh()
		await this.#opSupervisor.refresh(reading)
		return this.#register.registry.metrics()
	}

	/** Ends what runs in the background. */
	close(): void {
		this.#unwatch()
	}
}
