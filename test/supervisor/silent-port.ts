import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterTest } from './cleanup.js'

/** A TCP port that takes connections and never answers, until the end of the test. */
export async function silentPort(): Promise<number> {
	const sockets = new Set<Socket>()
	const server = createServer((socket) => {
		sockets.add(socket)
		socket.on('error', () => undefined)
		socket.on('close', () => sockets.delete(socket))
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => {
		server.close()
		for (const socket of sockets) socket.destroy()
	})
	return (server.address() as AddressInfo).port
}
