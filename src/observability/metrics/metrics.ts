import { Registry } from 'prom-client'
import type { ClusterReading, ReadCluster } from '../cluster-reading.js'
import { notReady } from '../readiness.js'
import { ThreadFigures } from '../thread-figures.js'
import { crossSafetyMetrics } from './cross-safety-metrics.js'
import { executionMetrics } from './execution-metrics.js'
import { headMetrics } from './head-metrics.js'
import { indexingMetrics } from './indexing-metrics.js'
import { l1GatewayMetrics } from './l1-gateway-metrics.js'
import { l1Metrics } from './l1-metrics.js'
import { MetricRegister } from './metric-register.js'
import { nodeMetrics } from './node-metrics.js'
import { OpSupervisorMetrics } from './op-supervisor-metrics.js'
import { ProcessMetrics } from './process-metrics.js'
import { routingMetrics } from './routing-metrics.js'
import { rpcMetrics } from './rpc-metrics.js'
import { showReading } from './show-reading.js'
import { storageMetrics } from './storage-metrics.js'
import { ThreadMetrics } from './thread-metrics.js'

/** The text gives way to others after this long. */
const MS_PER_SLICE = 2

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
	readonly l1Gateway = l1GatewayMetrics(this.#register)
	readonly nodes = nodeMetrics(this.#register)
	readonly execution = executionMetrics(this.#register)
	readonly routing = routingMetrics(this.#register)
	readonly rpc = rpcMetrics(this.#register)
	readonly storage = storageMetrics(this.#register)
	readonly threads = new ThreadMetrics(this.#register)
	readonly #process: ProcessMetrics
	readonly #opSupervisor: OpSupervisorMetrics
	readonly #unwatch: () => void
	#cluster: ReadCluster | undefined
	/** While it is being made. */
	#text: Promise<string> | undefined

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

	/** How the cluster is now; undefined while there is none. @throws what reading its store throws */
	read(): ClusterReading | undefined {
		return this.#cluster?.read()
	}

	/**
	 * All metrics in Prometheus' text format, with everything that is read as of now. Who asks while a text is being
	 * made gets that one.
	 */
	text(): Promise<string> {
		this.#text ??= this.#write().finally(() => {
			this.#text = undefined
		})
		return this.#text
	}

	async #write(): Promise<string> {
		const reading = this.read()
		showReading(this, reading)
		this.heads.ready.set(notReady(reading).length === 0 ? 1 : 0)
		this.#process.refresh()
		this.threads.refresh()
		await this.#opSupervisor.refresh(reading)
		// A large cluster has thousands of series, and the main thread has other things to do.
		const parts: string[] = []
		let since = performance.now()
		for (const { name } of this.declarations) {
			parts.push(await this.#register.registry.getSingleMetricAsString(name))
			if (performance.now() - since < MS_PER_SLICE) continue
			await new Promise((resolve) => setImmediate(resolve))
			since = performance.now()
		}
		return `${parts.join('\n\n')}\n`
	}

	/** Ends what runs in the background. */
	close(): void {
		this.#unwatch()
	}
}
