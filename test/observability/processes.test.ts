import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startVigil } from '../commands/vigil.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'
import { Samples } from './samples.js'

const DERIVED = 12
const METRICS = ['--metrics.enabled', '--metrics.addr=127.0.0.1', '--metrics.port=0']

/** Where a process that logs JSON lines serves its metrics. */
async function metricsAddress(stdout: () => string): Promise<string> {
	let address: string | undefined
	await until('the metrics server', () => {
		const line = stdout()
			.split('\n')
			.find((text) => text.includes('metrics server bound to address'))
		address = line && (JSON.parse(line) as { addr: string }).addr
		return address !== undefined
	})
	return address ?? ''
}

async function scrape(address: string): Promise<Samples> {
	return Samples.parse(await (await fetch(`http://${address}/metrics`)).text())
}

it('vigil start and vigil api serve metrics of what they have', async () => {
	const recording = sampleRecording({ derived: DERIVED, chainIds: [901] })
	const replay = await replayed(recording)
	const settings = settingsFor(recording, replay, join(temporaryDirectory(), 'data'))
	const vigil = new VigilProcess([...settings, ...METRICS])
	await vigil.reaches(recording)
	const address = await metricsAddress(() => vigil.stdout)
	await until('readiness', async () => (await fetch(`http://${address}/readyz`)).ok)
	const started = await scrape(address)
	expect(started.value('vigil_head_block_number', { chain: '901', level: 'cross-safe' })).toBe(DERIVED)
	expect(
		started.value('vigil_thread_memory_bytes', { thread: 'index-0', kind: 'heap_used' }),
	).toBeGreaterThan(0)
	expect(started.value('vigil_l1_followed')).toBe(1)

	const names = ['--dependency-set', '--rollup-config-paths', '--datadir']
	const own = settings.filter((text) => names.some((name) => text.startsWith(`${name}=`)))
	const api = startVigil([
		'api',
		...own,
		'--rpc.addr=127.0.0.1',
		'--rpc.port=0',
		'--log.format=json',
		...METRICS,
	])
	afterTest(() => api.kill('SIGKILL'))
	let said = ''
	api.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		said += chunk
	})
	const reader = await metricsAddress(() => said)
	const read = await scrape(reader)
	expect(read.value('vigil_head_block_number', { chain: '901', level: 'cross-safe' })).toBe(DERIVED)
	expect(read.value('vigil_ready')).toBe(1)
	for (const name of ['vigil_l1_followed', 'vigil_storage_write_fault', 'vigil_index_threads'])
		expect(read.all(name), name).toEqual([])
})
