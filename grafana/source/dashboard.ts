import type { Panel } from './panel.js'

/** A heading with what stands below it. */
export interface Row {
	readonly title: string
	readonly panels: readonly Panel[]
}

export interface Dashboard {
	/** Of the file, and of its address in Grafana. */
	readonly name: string
	readonly title: string
	readonly description: string
	/** A chain is chosen, one at a time, or any; left out, all are shown. */
	readonly chains?: 'one' | 'any'
	/** Nodes of the chain can be chosen. */
	readonly hasNodes?: true
	readonly rows: readonly Row[]
}

const HEIGHTS = { stat: 4, timeseries: 8, heatmap: 8 } as const
const COLUMNS = 24
const SOURCE = { type: 'prometheus', uid: '$datasource' }

/** The JSON model that Grafana reads (schema 39: Grafana 10.3 and newer). */
export function dashboardJson(dashboard: Dashboard): object {
	return {
		uid: `vigil-${dashboard.name}`,
		title: `Vigil / ${dashboard.title}`,
		description: dashboard.description,
		tags: ['vigil'],
		schemaVersion: 39,
		editable: true,
		graphTooltip: 1,
		refresh: '10s',
		time: { from: 'now-30m', to: 'now' },
		timezone: 'browser',
		links: [
			{
				title: 'Vigil',
				type: 'dashboards',
				tags: ['vigil'],
				asDropdown: true,
				includeVars: true,
				keepTime: true,
			},
		],
		templating: { list: variables(dashboard) },
		panels: placed(dashboard.rows),
	}
}

function variables({ chains, hasNodes }: Dashboard): object[] {
	const chain = query('chain', 'Chain', 'label_values(vigil_head_block_number{instance=~"$instance"}, chain)')
	const node = query('node', 'Node', 'label_values(vigil_node_ready{chain=~"$chain"}, node)')
	return [
		{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', hide: 0 },
		{ ...query('instance', 'Instance', 'label_values(vigil_build_info, instance)'), ...ANY },
		...(chains === undefined ? [] : [chains === 'any' ? { ...chain, ...ANY } : chain]),
		...(hasNodes ? [{ ...node, ...ANY }] : []),
	]
}

const ANY = { multi: true, includeAll: true, allValue: '.+', current: { text: 'All', value: '$__all' } }

function query(name: string, label: string, text: string): object {
	return {
		name,
		label,
		type: 'query',
		datasource: SOURCE,
		definition: text,
		query: { query: text, refId: name },
		refresh: 2,
		sort: 1,
	}
}

/** Rows from top to bottom, their panels from left to right. */
function placed(rows: readonly Row[]): object[] {
	const result: object[] = []
	let id = 1
	let y = 0
	for (const row of rows) {
		result.push({
			id: id++,
			type: 'row',
			title: row.title,
			collapsed: false,
			panels: [],
			gridPos: grid(0, y++, 24, 1),
		})
		let x = 0
		let height = 0
		for (const panel of row.panels) {
			if (x + panel.width > COLUMNS) {
				y += height
				x = 0
				height = 0
			}
			result.push(panelJson(id++, panel, grid(x, y, panel.width, HEIGHTS[panel.kind])))
			x += panel.width
			height = Math.max(height, HEIGHTS[panel.kind])
		}
		y += height
	}
	return result
}

function grid(x: number, y: number, w: number, h: number): object {
	return { x, y, w, h }
}

function panelJson(id: number, panel: Panel, gridPos: object): object {
	const isInstant = panel.kind === 'stat'
	return {
		id,
		type: panel.kind,
		title: panel.title,
		description: panel.description,
		datasource: SOURCE,
		gridPos,
		fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
		options: OPTIONS[panel.kind](panel),
		targets: panel.queries.map(({ expr, legend }, index) => ({
			refId: String.fromCharCode('A'.charCodeAt(0) + index),
			datasource: SOURCE,
			expr,
			legendFormat: legend,
			instant: isInstant,
			range: !isInstant,
			...(panel.kind === 'heatmap' ? { format: 'heatmap' } : {}),
		})),
	}
}

function fieldDefaults({ colors, isStacked, kind, unit, words }: Panel): object {
	const steps = (colors ?? [[null, 'green']]).map(([value, color]) => ({ value, color }))
	const options = Object.fromEntries(
		(words ?? []).map(([value, text, color], index) => [value, { text, color, index }]),
	)
	return {
		unit,
		color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' },
		thresholds: { mode: 'absolute', steps },
		mappings: words === undefined ? [] : [{ type: 'value', options }],
		...(kind === 'timeseries'
			? {
					custom: {
						lineWidth: 1,
						fillOpacity: isStacked ? 30 : 5,
						showPoints: 'never',
						spanNulls: false,
						stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
					},
				}
			: {}),
	}
}

const OPTIONS: Readonly<Record<Panel['kind'], (panel: Panel) => object>> = {
	stat: ({ queries }) => ({
		reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
		colorMode: 'background',
		graphMode: 'none',
		justifyMode: 'center',
		textMode: queries.some(({ legend }) => legend !== '') ? 'value_and_name' : 'value',
	}),
	timeseries: () => ({
		legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
		tooltip: { mode: 'multi', sort: 'desc' },
	}),
	heatmap: ({ unit }) => ({
		calculate: false,
		color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
		yAxis: { unit },
		cellGap: 1,
		legend: { show: true },
		tooltip: { mode: 'single', yHistogram: false },
	}),
}
