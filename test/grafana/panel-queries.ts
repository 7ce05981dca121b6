import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface DashboardFile {
	readonly title: string
	readonly templating: { readonly list: readonly { readonly type: string; readonly definition?: string }[] }
	readonly panels: readonly {
		readonly title: string
		readonly targets?: readonly { readonly expr: string }[]
	}[]
}

export interface PanelQuery {
	readonly where: string
	/** With everything that Grafana puts in. */
	readonly expr: string
}

/** Four times the interval at which is scraped, as Grafana has it at a high resolution. */
const RATE_INTERVAL = '20s'

/** The queries of all panels, and of what can be chosen, in the dashboards of a folder, as Grafana asks them. */
export function panelQueries(folder: string, chain: string): PanelQuery[] {
	return readdirSync(folder).flatMap((name) => {
		const dashboard = JSON.parse(readFileSync(join(folder, name), 'utf8')) as DashboardFile
		const panels = dashboard.panels.flatMap(({ title, targets = [] }) =>
			targets.map(({ expr }) => ({ where: `${dashboard.title}: ${title}`, expr: filled(expr, chain) })),
		)
		const variables = dashboard.templating.list.flatMap(({ definition }) => {
			const of = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '')
			if (of === null) return []
			const expr = `count by (${of[2]}) (${filled(of[1] ?? '', chain)})`
			return [{ where: `${dashboard.title}: choice of ${of[2]}`, expr }]
		})
		return [...panels, ...variables]
	})
}

function filled(expr: string, chain: string): string {
	return expr
		.replaceAll('$__rate_interval', RATE_INTERVAL)
		.replaceAll('$instance', '.+')
		.replaceAll('$chain', chain)
		.replaceAll('$node', '.+')
}
