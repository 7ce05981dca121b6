import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What a metric is, for the document of metrics and for tests. */
export interface MetricDeclaration {
	readonly name: string
	readonly type: 'counter' | 'gauge' | 'histogram'
	readonly help: string
	readonly labels: readonly string[]
	/** Heading under which it is documented. */
	readonly group: string
}

/** Makes metrics in one registry and keeps what was declared. */
export class MetricRegister {
	readonly declarations: MetricDeclaration[] = []

	constructor(readonly registry: Registry) {}

	/** Declares metrics under one heading. */
	group(group: string): MetricGroup {
		return new MetricGroup(group, this)
	}
}

/** Declares metrics under one heading: name, help, and names of labels. */
export class MetricGroup {
	constructor(
		private readonly group: string,
		private readonly register: MetricRegister,
	) {}

	counter<const Labels extends string = never>(
		name: string,
		help: string,
		labelNames: readonly Labels[] = [],
	): Counter<Labels> {
		this.declared({ name, type: 'counter', help, labels: labelNames })
		return new Counter({ name, help, labelNames: [...labelNames], registers: [this.register.registry] })
	}

	gauge<const Labels extends string = never>(
		name: string,
		help: string,
		labelNames: readonly Labels[] = [],
	): Gauge<Labels> {
		this.declared({ name, type: 'gauge', help, labels: labelNames })
		return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.register.registry] })
	}

	histogram<const Labels extends string = never>(
		name: string,
		help: string,
		buckets: readonly number[],
		labelNames: readonly Labels[] = [],
	): Histogram<Labels> {
		this.declared({ name, type: 'histogram', help, labels: labelNames })
		return new Histogram({
			name,
			help,
			buckets: [...buckets],
			labelNames: [...labelNames],
			registers: [this.register.registry],
		})
	}

	/** A histogram that is counted elsewhere: `read` tells what it is at each scrape. */
	readHistogram(name: string, help: string, labelNames: readonly string[], read: Read): void {
		this.declared({ name, type: 'histogram', help, labels: labelNames })
		this.register.registry.registerMetric(new ReadHistogram({ name, help, labelNames }, read))
	}

	private declared(declaration: Omit<MetricDeclaration, 'group'>): void {
		this.register.declarations.push({ ...declaration, group: this.group })
	}
}

/** One histogram as it was counted. */
export interface CountedHistogram {
	readonly labels: Readonly<Record<string, string>>
	/** Upper bounds, ascending, with how many were at most that. */
	readonly buckets: readonly (readonly [bound: number, atMost: number])[]
	readonly sum: number
	readonly count: number
}

type Read = () => Iterable<CountedHistogram> | Promise<Iterable<CountedHistogram>>
type Values = Awaited<ReturnType<Histogram<string>['get']>>

/** prom-client's histogram as far as the registry asks for it, filled at each scrape. */
class ReadHistogram extends Histogram<string> {
	readonly #declared: { readonly name: string; readonly help: string }
	readonly #read: Read

	constructor(
		declared: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
		read: Read,
	) {
		super({ ...declared, labelNames: [...declared.labelNames], registers: [] })
		this.#declared = declared
		this.#read = read
	}

	override async get(): Promise<Values> {
		const { name, help } = this.#declared
		const values: Values['values'] = []
		for (const { labels, buckets, sum, count } of await this.#read()) {
			for (const [le, value] of [...buckets, ['+Inf', count] as const])
				values.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value })
			values.push({ metricName: `${name}_sum`, labels, value: sum })
			values.push({ metricName: `${name}_count`, labels, value: count })
		}
		// prom-client's declaration of the type is an enum of numbers; what it writes is the word.
		const type = 'histogram' as unknown as Values['type']
		return { name, help, type, values, aggregator: 'sum', collect: () => {} }
	}

	/** What the registry calls instead of `get` when it writes text. */
	getForPromString(): Promise<Values> {
		return this.get()
	}
}
