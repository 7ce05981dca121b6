import { once } from 'node:events'
import { expect, it } from 'vitest'
import { Samples } from '../observability/samples.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { startVigil } from './vigil.js'

/** The recording takes 10 s before the live chains begin. */
const TIMEOUT_MS = 90_000

it(
	'vigil demo --serve goes on with chains of now after the demo, and ends when it is told to',
	async () => {
		const ports = ['--rpc.port=0', '--metrics.port=0', '--rpc.addr=127.0.0.1', '--metrics.addr=127.0.0.1']
		const demo = startVigil(['demo', '--serve', ...ports])
		afterTest(() => demo.kill('SIGKILL'))
		const ended = once(demo, 'close')
		let said = ''
		const live = new Promise<void>((resolve) => {
			demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
				said += chunk
				if (/readyz\n/.test(said)) resolve()
			})
		})
		await Promise.race([live, ended])
		expect(said).toContain('All heads are as recorded.')
		const address = (path: string) => new RegExp(`http://\\S+${path}`).exec(said)?.[0] ?? ''
		await until('the live chains to be ready', async () => (await fetch(address('/readyz'))).ok)
		const read = async () => Samples.parse(await (await fetch(address('/metrics'))).text())
		const head = { chain: '902', level: 'cross-safe' }
		const before = (await read()).value('vigil_head_block_number', head)
		await until('cross-safe to move', async () => {
			const samples = await read()
			return samples.value('vigil_head_block_number', head) > before
		})
		const samples = await read()
		expect(samples.value('vigil_head_lag_seconds', head)).toBeLessThan(3_600)
		expect(samples.value('vigil_rpc_requests_total', { method: 'supervisor_crossSafe' })).toBeGreaterThan(0)
		demo.kill('SIGINT')
		expect(await ended).toEqual([0, null])
	},
	TIMEOUT_MS,
)
