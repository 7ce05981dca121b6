import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ALERTS } from '../../grafana/source/alerts.js'
import { hasPromtool, leftOut, promtool } from '../observability/promtool.js'

const FOLDER = fileURLToPath(new URL('../../grafana/prometheus/', import.meta.url))

it.skipIf(!hasPromtool).each([
	['check', 'config', 'prometheus.yml'],
	['check', 'rules', 'alerts.yml'],
	['test', 'rules', 'alerts.test.yml'],
])(`promtool %s %s %s${leftOut}`, (...args) => {
	const { status, output } = promtool(args, { cwd: FOLDER })
	expect(status, output).toBe(0)
})

it('every alert is tested to fire, and to be quiet', async () => {
	const tests = await readFile(`${FOLDER}alerts.test.yml`, 'utf8')
	for (const { name } of ALERTS) {
		const cases = tests.split(`alertname: ${name}\n`).slice(1)
		const isQuiet = cases.map((text) => /^\s*eval_time: \w+\n\s*exp_alerts: \[\]\n/.test(text))
		expect(isQuiet, name).toContain(true)
		expect(isQuiet, name).toContain(false)
	}
})
