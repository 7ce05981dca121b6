import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Closes connections beyond the limit of their address, so that no client can take all that there are. */
export function limitConnections(
	server: Server,
	limits: { readonly connections: number; readonly connectionsPerClient: number },
): void {
	const open = new Map<string, number>()
	server.maxConnections = limits.connections
	server.on('connection', (socket: Socket) => {
		const client = clientOf(socket)
		const connections = (open.get(client) ?? 0) + 1
		open.set(client, connections)
		socket.once('close', () => {
			const left = (open.get(client) ?? 1) - 1
			if (left === 0) open.delete(client)
			else open.set(client, left)
		})
		if (connections > limits.connectionsPerClient) socket.destroy()
	})
}

/** The address of the caller, by which limits go. A header can say anything: it is not asked. */
export function clientOf(socket: Pick<Socket, 'remoteAddress'>): string {
	return socket.remoteAddress ?? 'gone'
}
