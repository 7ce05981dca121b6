import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ALERTS } from '../../grafana/source/alerts.js'
import { packageRoot } from '../../src/package-root.js'
import { startVigil } from '../commands/vigil.js'
import { panelQueries } from './panel-queries.js'
import { Prometheus } from './prometheus.js'
import { seriesIn } from './used-metrics.js'

// `npm run test:grafana`: a real Prometheus scrapes `vigil demo --serve`, with the checked-in configuration and rules.
// Every query of every panel must have a value, every rule must be evaluated on series that there are, and no alert
// fires.

/** Rates need a few scrapes, and finality its L1 blocks. */
const DEADLINE_MS = 180_000
const LOOK_MS = 2_000
const CHAIN = '901'

const grafana = (path: string) =>
	fileURLToPath(new URL(`grafana/${path}`, `${packageRoot().href.replace(/\/*$/, '/')}`))
const say = (text: string) => process.stdout.write(`${text}\n`)

const demo = startVigil([
	'demo',
	'--serve',
	'--rpc.port=0',
	'--rpc.addr=127.0.0.1',
	'--metrics.port=0',
	'--metrics.addr=127.0.0.1',
])
let prometheus: Prometheus | undefined
try {
	const target = await metricsAddress()
	say(`vigil demo --serve has metrics at ${target}`)
	prometheus = await Prometheus.start(grafana('prometheus/'), target)
	const failures = [...(await panels(prometheus)), ...(await alerts(prometheus))]
	for (const failure of failures) say(`FAILED ${failure}`)
	process.exitCode = failures.length === 0 ? 0 : 1
} finally {
	await prometheus?.close()
	demo.kill('SIGINT')
	await once(demo, 'close')
}

/** Where the demo serves metrics, once it is live. */
function metricsAddress(): Promise<string> {
	return new Promise((resolve, reject) => {
		let said = ''
		demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			said += chunk
			const [, address] = /metrics http:\/\/(\S+)\/metrics/.exec(said) ?? []
			if (address !== undefined) resolve(address)
		})
		demo.on('close', () => reject(new Error(`vigil demo --serve ended:\n${said}`)))
	})
}

/** Waits until every query has a value; those that have none at the deadline are failures. */
async function panels(prometheus: Prometheus): Promise<string[]> {
	const queries = panelQueries(grafana('dashboards/'), CHAIN)
	const deadline = performance.now() + DEADLINE_MS
	for (let empty = queries; ; ) {
		const values = await Promise.all(empty.map(({ expr }) => prometheus.query(expr)))
		empty = empty.filter((_, index) => !values[index]?.some(({ value }) => Number.isFinite(value)))
		if (empty.length === 0 || performance.now() > deadline) {
			say(`${queries.length - empty.length} of ${queries.length} queries of panels have values`)
			return empty.map(({ where, expr }) => `${where} is empty: ${expr}`)
		}
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
	}
}

/** Every rule is evaluated without an error, on series that there are, and does not fire. */
async function alerts(prometheus: Prometheus): Promise<string[]> {
	const failures: string[] = []
	let rules = await prometheus.rules()
	while (rules.some(({ health }) => health === 'unknown')) {
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS)) // They were not evaluated yet.
		rules = await prometheus.rules()
	}
	if (rules.length !== ALERTS.length) failures.push(`${rules.length} rules are loaded, not ${ALERTS.length}`)
	for (const { name, health, state, lastError } of rules) {
		if (health !== 'ok') failures.push(`${name} is ${health}: ${lastError ?? ''}`)
		if (state === 'firing') failures.push(`${name} fires`)
	}
	for (const { name, expr } of ALERTS) {
		await prometheus.query(expr)
		for (const series of seriesIn(expr))
			if ((await prometheus.query(`count(${series})`)).length === 0)
				failures.push(`${name} looks at ${series}, which there is not`)
	}
	say(`${rules.length} alert rules are evaluated`)
	return failures
}
