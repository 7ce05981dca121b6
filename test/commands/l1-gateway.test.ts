import { join } from 'node:path'
import { expect, test } from 'vitest'
import { callGateway } from '../gateway/gateway-under-test.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'

test('vigil start --l1-gateway.enabled serves L1, counts it, and stops cleanly', async () => {
	const recording = sampleRecording({ derived: 12 })
	const replay = await replayed(recording)
	const vigil = new VigilProcess([
		...settingsFor(recording, replay, join(temporaryDirectory(), 'data')),
		...['--l1-gateway.enabled', '--l1-gateway.addr=127.0.0.1', '--l1-gateway.port=0'],
		...['--metrics.enabled', '--metrics.addr=127.0.0.1', '--metrics.port=0'],
	])
	await vigil.port()
	/** Where the server listens that a log line names. */
	const addressIn = (message: string) =>
		`http://${String(vigil.lines.find(({ msg }) => msg === message)?.addr)}`
	const gateway = addressIn('L1 gateway bound to address')
	await vigil.reaches(recording)
	const answer = await callGateway(gateway, 'eth_blockNumber')
	const newest = await callGateway(gateway, 'eth_getBlockByNumber', '0xffffff', false)
	expect(answer.result).toMatch(/^0x[0-9a-f]+$/)
	expect(newest.result).toBeNull()
	const metrics = addressIn('metrics server bound to address')
	await until('the counts', async () => {
		const text = await (await fetch(`${metrics}/metrics`)).text()
		return text.includes('vigil_l1_gateway_requests_total{method="eth_blockNumber",code="ok"} 1')
	})
	expect(await vigil.terminate()).toBe(0)
	expect(vigil.stderr).toBe('')
})
