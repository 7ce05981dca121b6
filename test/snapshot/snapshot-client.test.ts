import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import {
	EndpointUnavailableError,
	SnapshotClient,
	SnapshotGoneError,
} from '../../src/snapshot/snapshot-client.js'
import { afterTest } from '../supervisor/cleanup.js'

/** Nothing else in the process waits for so long. */
const STALL_MS = 98_765_432

/** Timers of the client that nobody has cleared. */
function watchTimers(): () => number {
	const set = vi.spyOn(globalThis, 'setTimeout')
	const clear = vi.spyOn(globalThis, 'clearTimeout')
	afterTest(() => vi.restoreAllMocks())
	return () => {
		const cleared = new Set(clear.mock.calls.map(([timer]) => timer))
		const own = set.mock.results.filter((_, call) => set.mock.calls[call]?.[1] === STALL_MS)
		expect(own.length).toBeGreaterThan(0)
		return own.filter(({ value }) => !cleared.has(value)).length
	}
}

async function clientOf(status: number): Promise<SnapshotClient> {
	const server = createServer((_, response) => response.writeHead(status).end('x'.repeat(200_000)))
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
	afterTest(() => {
		server.closeAllConnections()
		server.close()
	})
	const { port } = server.address() as AddressInfo
	return new SnapshotClient(`http://127.0.0.1:${port}`, new AbortController().signal, STALL_MS)
}

// A process that is told to stop would wait for such a timer.
test.each([202, 429, 503])(
	'an endpoint that answers %i when asked for its snapshot leaves no timer',
	async (status) => {
		const client = await clientOf(status)
		const timers = watchTimers()
		await expect(client.manifest()).rejects.toThrow(new EndpointUnavailableError(`HTTP ${status}`, undefined))
		expect(timers()).toBe(0)
	},
)

test.each([
	[404, SnapshotGoneError],
	[200, EndpointUnavailableError],
	[503, EndpointUnavailableError],
])('an endpoint that answers %i to a range of a file leaves no timer', async (status, kind) => {
	const client = await clientOf(status)
	const timers = watchTimers()
	await expect(client.bytes('meta.mdb', 5).next()).rejects.toThrow(kind)
	expect(timers()).toBe(0)
})
