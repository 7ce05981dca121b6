import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { OPTIONS } from '../../src/config/options.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { startMetricsServer } from '../../src/observability/metrics-server.js'
import { afterTest } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { available, pathOf, textOf } from './repository.js'

const COMPOSE = 'docs/deploy/compose.yaml'
const UNIT = 'docs/deploy/vigil.service'

/** Both forms of the program, with what it takes to ask whether it is there. */
const compose = [['docker', 'compose'], ['docker-compose']].find(
	([program = '', ...args]) => available(program, [...args, 'version']) !== undefined,
)

function run([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv = {}) {
	const { status, stdout, stderr } = spawnSync(program, args, {
		encoding: 'utf8',
		env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
	})
	return { status, stdout, said: stdout + stderr }
}

it('the image holds everything that the package holds to run', () => {
	const { files } = JSON.parse(textOf('package.json')) as { files: string[] }
	const dockerfile = textOf('Dockerfile')
	for (const file of files.filter((name) => !/^(!|docs$|grafana$)/.test(name)))
		expect(dockerfile).toContain(`COPY --from=build /vigil/${file} ${file}\n`)
})

it.skipIf(available('hadolint', ['--version']) === undefined)(
	'hadolint finds nothing in the Dockerfile',
	() => {
		expect(run(['hadolint', pathOf('Dockerfile')])).toMatchObject({ status: 0, said: '' })
	},
)

it('the health check of the image tells a Vigil that lives from none', async () => {
	const [, command = ''] = /HEALTHCHECK[^[]*(\[.*\])/.exec(textOf('Dockerfile')) ?? []
	const [, ...args] = JSON.parse(command) as string[]
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(() => metrics.close())
	const server = await startMetricsServer(
		{ addr: '127.0.0.1', port: 0 },
		{
			metrics,
			readiness: () => ({ status: 503, body: { status: 'not ready', reasons: [] } }),
			log: new LogCapture().log,
			version: '1.2.3',
		},
	)
	afterTest(() => server.close())
	const check = async (port: string) => {
		const child = spawn(process.execPath, args, { env: { VIGIL_RPC_PORT: port } })
		return new Promise((resolve) => child.on('close', resolve))
	}
	expect(await check(server.addr.split(':')[1] ?? '')).toBe(0)
	await server.close()
	expect(await check(server.addr.split(':')[1] ?? '')).toBe(1)
})

it.skipIf(compose === undefined)('compose takes the file, with the demo and with real nodes', () => {
	const config = (env: NodeJS.ProcessEnv) => run([...(compose ?? []), '-f', pathOf(COMPOSE), 'config'], env)
	expect(config({})).toMatchObject({ status: 0, stdout: expect.stringContaining('demo --serve') })
	const real = config({ VIGIL_COMMAND: 'start', VIGIL_L1_RPC: 'http://l1:8545', VIGIL_CONFIG: '/etc/vigil' })
	expect(real).toMatchObject({ status: 0, stdout: expect.stringMatching(/command:\s+(- )?start/) })
	expect(real.stdout).toContain('VIGIL_L1_RPC: http://l1:8545')
})

it('compose and unit name settings and files that there are', () => {
	const known = new Set(Object.values(OPTIONS).flatMap(({ env }) => env))
	const own = new Set(['VIGIL_COMMAND', 'VIGIL_CONFIG'])
	for (const file of [COMPOSE, UNIT])
		for (const [variable] of textOf(file).matchAll(/\bVIGIL_[A-Z0-9_]+/g))
			expect([...known, ...own]).toContain(variable)
	for (const [, path = ''] of textOf(COMPOSE).matchAll(/- (\.[^:$]+):/g))
		expect(existsSync(pathOf(`docs/deploy/${path}`)), path).toBe(true)
})

it('Prometheus of the compose file differs from the other one in its target only', () => {
	const settings = (path: string) => textOf(path).replace(/^#.*\n/, '')
	const own = settings('grafana/prometheus/prometheus.yml')
	expect(settings('docs/deploy/prometheus.yml')).toBe(own.replace('localhost:7300', 'vigil:7300'))
})

it.skipIf(available('systemd-analyze', ['--version']) === undefined)(
	'systemd takes the unit, and finds it closed',
	() => {
		expect(run(['systemd-analyze', 'verify', pathOf(UNIT)])).toMatchObject({ status: 0, said: '' })
		const security = run(['systemd-analyze', 'security', '--offline=true', '--threshold=20', pathOf(UNIT)])
		expect(security.said).toMatch(/Overall exposure level for vigil.service: [01]\.\d OK/)
	},
)
