import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterTest } from '../supervisor/cleanup.js'

/** A server that takes requests and never answers. */
export async function startSilentServer(): Promise<{
	readonly url: string
	readonly requests: () => number
}> {
	let requests = 0
	const server = createServer(() => {
		requests++
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => {
		server.closeAllConnections()
		server.close()
	})
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}
