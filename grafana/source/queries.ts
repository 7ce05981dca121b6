/** The samples of a metric, of the instances that are looked at. */
export function of(metric: string, ...matchers: readonly string[]): string {
	return `${metric}{${['instance=~"$instance"', ...matchers].join(',')}}`
}

/** The same of one chain, or of those that are looked at. */
export function ofChain(metric: string, ...matchers: readonly string[]): string {
	return of(metric, 'chain=~"$chain"', ...matchers)
}

/** A counter's increase a second, summed by labels. */
export function rate(samples: string, by?: string): string {
	return sum(`rate(${samples}[$__rate_interval])`, by)
}

/** A counter's increase over an hour, summed by labels. */
export function perHour(samples: string, by?: string): string {
	return sum(`increase(${samples}[1h])`, by)
}

export function sum(expr: string, by?: string): string {
	return by === undefined ? `sum(${expr})` : `sum by (${by}) (${expr})`
}

/** A quantile of a histogram, by labels. */
export function quantile(
	q: number,
	metric: string,
	options: { matchers?: readonly string[]; by?: string } = {},
) {
	const { matchers = [], by } = options
	const labels = by === undefined ? 'le' : `le, ${by}`
	return `histogram_quantile(${q}, ${rate(of(`${metric}_bucket`, ...matchers), labels)})`
}

/** The mean of a histogram, by labels. */
export function mean(metric: string, by: string, ...matchers: readonly string[]): string {
	return `${rate(of(`${metric}_sum`, ...matchers), by)} / ${rate(of(`${metric}_count`, ...matchers), by)}`
}
