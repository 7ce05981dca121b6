import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import {
	EndpointUnavailableError,
	SnapshotClient,
	SnapshotGoneError,
} from '../../src/snapshot/snapshot-client.js'
import { afterTest } from '../supervisor/cleanup.js'

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

async function clientOf(status: number): Promise<SnapshotClient> {
	const server = createServer((_, response) => response.writeHead(status).end('x'.repeat(200_000)))
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
	afterTest(() => {
		server.closeAllConnections()
		server.close()
	})
	const { port } = server.address() as AddressInfo
	return new SnapshotClient(`http://127.0.0.1:${port}`, new AbortController().signal)
}

// A process that is told to stop would wait for such a timer.
test.each([202, 429, 503])(
	'an endpoint that answers %i when asked for its snapshot leaves no timer',
	async (status) => {
		const client = await clientOf(status)
		const before = timers()
		await expect(client.manifest()).rejects.toThrow(new EndpointUnavailableError(`HTTP ${status}`, undefined))
		expect(timers()).toBe(before)
	},
)

test.each([
	[404, SnapshotGoneError],
	[200, EndpointUnavailableError],
	[503, EndpointUnavailableError],
])('an endpoint that answers %i to a range of a file leaves no timer', async (status, kind) => {
	const client = await clientOf(status)
	const before = timers()
	await expect(client.bytes('meta.mdb', 5).next()).rejects.toThrow(kind)
	expect(timers()).toBe(before)
})
