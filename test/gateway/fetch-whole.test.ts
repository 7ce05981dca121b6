import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { wholeFetch } from '../../src/gateway/fetch-whole.js'
import { afterTest } from '../supervisor/cleanup.js'

/** A server that says this to everybody. */
async function saying(bytes: string): Promise<string> {
	const sockets = new Set<Socket>()
	const server = createServer((socket) => {
		sockets.add(socket)
		socket.on('error', () => {}).write(bytes)
	}).listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => {
		server.close()
		for (const socket of sockets) socket.destroy()
	})
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a server that stops in mid-body or sends too much is given up', async () => {
	const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50000\r\n\r\n'
	const stalls = await saying(`${head}{"jso`)
	const floods = await saying(`${head}${' '.repeat(40_000)}`)
	const whole = wholeFetch({ timeoutMs: 100, maxBytes: 10_000 })
	await expect(whole.fetch(stalls)).rejects.toThrow('no whole answer within 100 ms')
	await expect(whole.fetch(floods)).rejects.toThrow('larger than 10000 bytes')
	whole.close()
	await expect(whole.fetch(stalls)).rejects.toThrow('closed')
})
