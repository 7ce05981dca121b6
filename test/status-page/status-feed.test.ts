import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it } from 'vitest'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { StatusFeed } from '../../src/observability/status-page/status-feed.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { healthyReading } from './sample-reading.js'

/** More than sockets hold. */
const LONG = 'x'.repeat(2_000_000)

it('a viewer that does not read is let go, and costs no more than what it was sent', async () => {
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(() => metrics.close())
	let reads = 0
	metrics.readFrom({
		read() {
			reads++
			return healthyReading()
		},
	})
	const feed = new StatusFeed({ version: LONG, intervalMs: 2 }, { metrics, log: new LogCapture().log })
	afterTest(() => feed.close())
	let unread = 0
	const server = createServer((_, response) => {
		feed.view(response)
		response.socket?.on('close', () => {
			unread = response.writableLength
		})
	}).listen(0, '127.0.0.1')
	afterTest(() => server.close())
	await once(server, 'listening')
	const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
	afterTest(() => socket.destroy())
	socket.pause()
	socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
	await until('the viewer to be there', () => feed.viewers === 1)
	await until('the viewer to be let go', () => feed.viewers === 0)
	expect(unread).toBeLessThan(10 * LONG.length)
	// Nobody looks any more: nothing is read.
	const before = reads
	await new Promise((resolve) => setImmediate(resolve))
	expect(reads).toBe(before)
})
