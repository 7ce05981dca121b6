import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { ALERTS } from '../../grafana/source/alerts.js'
import { DASHBOARDS } from '../../grafana/source/dashboards.js'
import { generatedFiles } from '../../grafana/source/files.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { ALERT_EXPRESSIONS, PANEL_EXPRESSIONS, seriesIn } from './used-metrics.js'

const GRAFANA = new URL('../../grafana/', import.meta.url)
/** What Prometheus itself makes. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS'])

const metrics = new Metrics({ version: '0' })
metrics.close()
const series = new Map(
	metrics.declarations.flatMap(({ name, type }) =>
		type === 'histogram'
			? [`${name}_bucket`, `${name}_sum`, `${name}_count`].map((of) => [of, name] as const)
			: [[name, name] as const],
	),
)
const panels = DASHBOARDS.flatMap(({ name, rows }) =>
	rows.flatMap((row) => row.panels.map((panel) => ({ ...panel, where: `${name}: ${panel.title}` }))),
)

it.each([...generatedFiles()])('grafana/%s is up to date (npm run docs)', async (path, text) => {
	expect(await readFile(new URL(path, GRAFANA), 'utf8')).toBe(text)
})

it('there is no other dashboard', async () => {
	const files = await readdir(new URL('dashboards/', GRAFANA))
	expect(files.sort()).toEqual(DASHBOARDS.map(({ name }) => `${name}.json`).sort())
})

it('every panel says what it shows, has a name of its own in its dashboard, and a query', () => {
	for (const { where, description, queries } of panels) {
		expect(description, where).toMatch(/\S.*\.$/)
		expect(queries.length, where).toBeGreaterThan(0)
	}
	const names = panels.map(({ where }) => where)
	expect(new Set(names).size).toBe(names.length)
})

it('every series in a panel or an alert is served', () => {
	for (const { where, expr } of [...PANEL_EXPRESSIONS, ...ALERT_EXPRESSIONS]) {
		const names = [...seriesIn(expr)].filter((name) => !OF_PROMETHEUS.has(name))
		const unknown = names.filter((name) => !series.has(name))
		expect(unknown, `${where}: ${expr}`).toEqual([])
	}
})

it("everything that is served is shown or alerted on, but for op-supervisor's names", () => {
	const used = new Set(
		[...PANEL_EXPRESSIONS, ...ALERT_EXPRESSIONS].flatMap(({ expr }) =>
			[...seriesIn(expr)].map((name) => series.get(name)),
		),
	)
	const unused = metrics.declarations.filter(
		({ name }) => !used.has(name) && !name.startsWith('op_supervisor_'),
	)
	expect(unused.map(({ name }) => name)).toEqual([])
})

it('every panel and row that a runbook names is there', async () => {
	const runbooks = await readFile(new URL('../docs/runbooks.md', GRAFANA), 'utf8')
	const titles = DASHBOARDS.map(({ title }) => title).join('|')
	const named = [...runbooks.matchAll(new RegExp(`_(${titles}) / ([^_]+)_`, 'g'))]
	expect(named.length).toBeGreaterThan(10)
	for (const [text, title, panel] of named) {
		const dashboard = DASHBOARDS.find((each) => each.title === title)
		const known = dashboard?.rows.flatMap((row) => [row.title, ...row.panels.map((each) => each.title)])
		expect(known, text).toContain(panel?.replaceAll('\n', ' '))
	}
})

it('every alert has its section in docs/runbooks.md, and every section its alert', async () => {
	const runbooks = await readFile(new URL('../docs/runbooks.md', GRAFANA), 'utf8')
	const sections = [...runbooks.matchAll(/^## (Vigil\w+)$/gm)].map(([, name]) => name)
	expect(sections).toEqual(ALERTS.map(({ name }) => name))
	for (const section of runbooks.split(/^## /m).slice(1)) {
		if (!section.startsWith('Vigil')) continue
		for (const part of ['**What it means.**', '**What to look at.**', '**What to do.**'])
			expect(section).toContain(part)
	}
})
