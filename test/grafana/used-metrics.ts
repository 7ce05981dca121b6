import { ALERTS } from '../../grafana/source/alerts.js'
import { DASHBOARDS } from '../../grafana/source/dashboards.js'

/** An expression of a panel or an alert, and where it stands. */
export interface Expression {
	readonly where: string
	readonly expr: string
}

export const PANEL_EXPRESSIONS: readonly Expression[] = DASHBOARDS.flatMap(({ name, rows }) =>
	rows.flatMap(({ panels }) =>
		panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ where: `${name}: ${title}`, expr }))),
	),
)

export const ALERT_EXPRESSIONS: readonly Expression[] = ALERTS.map(({ name, expr }) => ({
	where: name,
	expr,
}))

/** Names of series in an expression: whatever has braces or a range, or looks like one of our metrics. */
export function seriesIn(expr: string): ReadonlySet<string> {
	const plain = expr.replace(/"[^"]*"/g, '""')
	const names = [...plain.matchAll(/\b([a-zA-Z_][\w:]*)(?=[{[])|\b((?:vigil|process)_\w+)/g)]
	return new Set(names.map(([, selected, ours]) => selected ?? ours ?? ''))
}
