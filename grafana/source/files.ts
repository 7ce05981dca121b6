import { alertsYaml } from './alerts.js'
import { dashboardJson } from './dashboard.js'
import { DASHBOARDS } from './dashboards.js'

/** Every file of `grafana/` that is made from the code, by its path from there. */
export function generatedFiles(): ReadonlyMap<string, string> {
	return new Map([
		...DASHBOARDS.map(
			(dashboard) =>
				[
					`dashboards/${dashboard.name}.json`,
					`${JSON.stringify(dashboardJson(dashboard), null, '\t')}\n`,
				] as const,
		),
		['prometheus/alerts.yml', alertsYaml()],
	])
}
