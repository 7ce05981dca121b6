export interface Alert {
	readonly name: string
	readonly expr: string
	/** How long it must hold: Prometheus' duration. Left out, it fires at once. */
	readonly for?: string
	/** critical: somebody has to look now; warning: in the morning. */
	readonly severity: 'critical' | 'warning'
	/** What is wrong, in a line. */
	readonly summary: string
}

/** An increase that Prometheus interpolates to a fraction is one, too. */
const ANY = '> 0'

/** Every alert. What to do about each is in docs/runbooks.md, under its name. */
export const ALERTS: readonly Alert[] = [
	{
		name: 'VigilDown',
		expr: 'up{job="vigil"} == 0',
		for: '1m',
		severity: 'critical',
		summary: 'Vigil {{ $labels.instance }} cannot be scraped',
	},
	{
		name: 'VigilNotReady',
		expr: 'vigil_ready == 0',
		for: '5m',
		severity: 'warning',
		summary: 'Vigil {{ $labels.instance }} is not fit to be asked: /readyz has the reasons',
	},
	{
		name: 'VigilHeadStalled',
		expr: 'changes(vigil_head_block_number{level="local-unsafe"}[5m]) == 0',
		for: '2m',
		severity: 'critical',
		summary: 'The head of chain {{ $labels.chain }} has not moved for minutes',
	},
	{
		name: 'VigilL1Stalled',
		expr: 'vigil_l1_followed == 0 or changes(vigil_l1_tip_block_number[3m]) == 0',
		for: '1m',
		severity: 'critical',
		summary: 'L1 does not answer, or its head has not moved for minutes',
	},
	{
		name: 'VigilL1Contradicts',
		expr: 'vigil_l1_held == 1',
		severity: 'critical',
		summary: 'L1 contradicts what is final here: no L1 block is given to nodes',
	},
	{
		name: 'VigilL1Lies',
		expr: 'increase(vigil_l1_gateway_upstream_calls_total{outcome="wrong"}[10m]) > 0',
		severity: 'warning',
		summary:
			'Endpoint {{ $labels.upstream }} has answered the L1 gateway with what does not belong to the hash',
	},
	{
		name: 'VigilNodeDown',
		expr: 'vigil_node_ready == 0',
		for: '2m',
		severity: 'warning',
		summary: 'Node {{ $labels.node }} of chain {{ $labels.chain }} is not ready',
	},
	{
		name: 'VigilChainStopped',
		expr: 'vigil_chain_stopped == 1',
		severity: 'critical',
		summary: 'Chain {{ $labels.chain }} waits for an operator',
	},
	{
		name: 'VigilChainDisputed',
		expr: 'vigil_chain_disputed == 1',
		for: '1m',
		severity: 'critical',
		summary: 'The nodes of chain {{ $labels.chain }} disagree on a local-safe block: it is not promoted',
	},
	{
		name: 'VigilInvalidation',
		expr: `increase(vigil_invalidations_total[1h]) ${ANY}`,
		severity: 'critical',
		summary: 'A block of chain {{ $labels.chain }} was found invalid',
	},
	{
		name: 'VigilReplacementMissing',
		expr: 'vigil_invalidated_blocks{state="pending"} > 0',
		for: '2m',
		severity: 'critical',
		summary: 'An invalid block of chain {{ $labels.chain }} is not replaced by its nodes',
	},
	{
		name: 'VigilFailsafeOn',
		expr: 'vigil_failsafe == 1',
		severity: 'critical',
		summary: 'Failsafe is on: all access lists are refused',
	},
	{
		name: 'VigilPromotionLag',
		expr: [
			'vigil_head_timestamp_seconds{level="local-safe"} - ignoring(level) vigil_head_timestamp_seconds{level="cross-safe"} > 600',
			'vigil_head_timestamp_seconds{level="local-unsafe"} - ignoring(level) vigil_head_timestamp_seconds{level="cross-unsafe"} > 120',
		].join(' or '),
		for: '5m',
		severity: 'warning',
		summary: 'Promotions of chain {{ $labels.chain }} are {{ $value | humanizeDuration }} behind',
	},
	{
		name: 'VigilPromotionFailures',
		expr: `increase(vigil_promotion_failures_total[10m]) ${ANY}`,
		for: '5m',
		severity: 'critical',
		summary: 'Rounds of verification fail and are tried again',
	},
	{
		name: 'VigilDiskNearlyFull',
		expr: [
			'vigil_disk_free_bytes / vigil_disk_size_bytes < 0.1',
			'predict_linear(vigil_disk_free_bytes[6h], 86400) < 0',
		].join(' or '),
		for: '10m',
		severity: 'warning',
		summary: 'The disk of the data directory is nearly full, or will be within a day',
	},
	{
		name: 'VigilStorageFault',
		expr: 'vigil_storage_write_fault == 1',
		for: '30s',
		severity: 'critical',
		summary: 'Nothing can be written to the data directory',
	},
	{
		name: 'VigilErrorRate',
		expr:
			'sum by (instance, job) (rate(vigil_rpc_requests_total{code="-32603"}[5m])) / ' +
			'sum by (instance, job) (rate(vigil_rpc_requests_total[5m])) > 0.01',
		for: '5m',
		severity: 'warning',
		summary: '{{ $value | humanizePercentage }} of RPC requests fail for a reason inside of Vigil',
	},
	{
		name: 'VigilNodeErrors',
		expr:
			'sum by (instance, job, node) (rate(vigil_node_calls_total{outcome!~"ok|NodeBlockNotFoundError"}[5m])) / ' +
			'sum by (instance, job, node) (rate(vigil_node_calls_total[5m])) > 0.1',
		for: '10m',
		severity: 'warning',
		summary: '{{ $value | humanizePercentage }} of calls to node {{ $labels.node }} fail',
	},
]

/** The rules file that Prometheus reads. */
export function alertsYaml(): string {
	const rules = ALERTS.map(({ name, expr, severity, summary, ...alert }) => {
		const lines = [
			`alert: ${name}`,
			`expr: ${quoted(expr)}`,
			...(alert.for === undefined ? [] : [`for: ${alert.for}`]),
			'labels:',
			`  severity: ${severity}`,
			'annotations:',
			`  summary: ${quoted(summary)}`,
			`  runbook_url: ${quoted(`docs/runbooks.md#${name.toLowerCase()}`)}`,
		]
		return `      - ${lines.join('\n        ')}\n`
	})
	return [
		'# Made from grafana/source/alerts.ts by `npm run docs`; change it there. Tests: alerts.test.yml.\n',
		'groups:\n  - name: vigil\n    rules:\n',
		...rules,
	].join('')
}

/** A YAML string, in the quotes that need the fewest escapes. */
function quoted(text: string): string {
	return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text)
}
