import type { MetricDeclaration } from '../../src/observability/metrics/metric-register.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'

const HEAD = `# Metrics

This file is made from the declarations by \`npm run docs\`; change it there (\`src/observability/metrics\`).

\`vigil start --metrics.enabled\` serves them at \`/metrics\` of \`--metrics.addr\` and \`--metrics.port\` (7300), in
Prometheus' text format, and \`vigil api --metrics.enabled\` those of the store, its requests and its threads. What happens is counted where it happens. What is (heads, queues, sizes) is read once for each
scrape, of one snapshot of the store. Worker threads write their figures into memory that they share with the main
thread, so that a busy thread delays no scrape. Counters begin at 0 with the process, where nothing else is said.

\`grafana/\` has dashboards and alert rules made of these ([runbooks.md](runbooks.md) says what to do when one fires).

Labels: \`chain\` is the chain ID in decimal, \`node\` the node's URL without credentials, \`thread\` one of main, index-0,
index-1, ..., cross-safety.
`

const OP_SUPERVISOR = `Dashboards and alerts for op-supervisor read these. Helps that are a name say of which metric above it is made.
op-supervisor's other metrics describe parts that Vigil does not have, and are not served: \`source_rpc_cache_*\` (no such
cache), \`logdb_search_entries_read\` (a check is one read), \`refs_seqnr\` (never set there either), \`event_*\` (its
internal event system), sizes of RPC parameters and results, notifications, and \`go_*\`.

Differences: \`rpc_client_*\` are calls of the main thread only, for receipts see
\`vigil_index_stage_duration_seconds\`; \`access_list_verify_failure\` is a gauge, because a counter's name ends in
\`_total\`.
`

/** docs/metrics.md as it should be. */
export function metricsDocument(): string {
	const metrics = new Metrics({ version: '0' })
	const { declarations } = metrics
	metrics.close()
	const groups = [...new Set(declarations.map(({ group }) => group))]
	const sections = groups.map((group) => {
		const lines = declarations.filter((metric) => metric.group === group).map(metricText)
		const intro = group.startsWith('op-supervisor') ? `${OP_SUPERVISOR}\n` : ''
		return `## ${group}\n\n${intro}${lines.join('\n')}\n`
	})
	return [HEAD, ...sections].join('\n')
}

function metricText({ name, type, labels, help }: MetricDeclaration): string {
	const by = labels.length === 0 ? '' : ` by ${labels.map((label) => `\`${label}\``).join(', ')}`
	const text = /^vigil_\w+$/.test(help) ? `\`${help}\`` : help
	return `- **\`${name}\`** ${type}${by}: ${text}.`
}
