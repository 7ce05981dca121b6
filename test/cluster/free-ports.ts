import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below the range from which the system takes the local ports of outgoing connections: a port must still be free when
 * the process that listens on it was killed and is started again.
 */
const FIRST_PORT = 20_000
const LAST_PORT = 32_000

/**
 * Ports of 127.0.0.1 on which nobody listens, all different.
 * @throws Error if there are not that many
 */
export async function freePorts(count: number): Promise<number[]> {
	const ports: number[] = []
	const start = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
	for (let tried = 0; ports.length < count; tried++) {
		if (tried > LAST_PORT - FIRST_PORT) throw new Error(`fewer than ${count} ports are free`)
		const port = FIRST_PORT + ((start - FIRST_PORT + tried) % (LAST_PORT - FIRST_PORT))
		if (await isFree(port)) ports.push(port)
	}
	return ports
}

async function isFree(port: number): Promise<boolean> {
	const server = createServer()
	try {
		await listen(server, port)
	} catch {
		// Somebody listens on it: the next one will do.
		return false
	}
	server.close()
	await once(server, 'close')
	return true
}

async function listen(server: Server, port: number): Promise<void> {
	server.listen(port, '127.0.0.1')
	await once(server, 'listening')
}
