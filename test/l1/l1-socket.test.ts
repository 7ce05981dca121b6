import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { L1Socket } from '../../src/l1/l1-socket.js'

const closers: (() => void)[] = []

afterEach(() => {
	for (const close of closers.splice(0)) close()
})

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
	let resolve: (value: T) => void = () => undefined
	const promise = new Promise<T>((resolver) => {
		resolve = resolver
	})
	return { promise, resolve }
}

async function tcp(onConnection: (socket: Socket) => void): Promise<number> {
	const sockets: Socket[] = []
	const server = createServer((socket) => {
		sockets.push(socket)
		socket.on('error', () => undefined)
		onConnection(socket)
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	closers.push(() => {
		for (const socket of sockets) socket.destroy()
		server.close()
	})
	return portOf(server)
}

function portOf(server: Pick<Server, 'address'>): number {
	const address = server.address()
	if (address === null || typeof address === 'string') throw new Error('no TCP port')
	return address.port
}

async function answering(answer: (text: string) => string | undefined): Promise<L1Socket> {
	const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
	await once(server, 'listening')
	server.on('connection', (socket) => {
		socket.on('message', (data: Buffer) => {
			const said = answer(data.toString())
			if (said !== undefined) socket.send(said)
		})
	})
	return socketTo(portOf(server), () => {
		for (const client of server.clients) client.terminate()
		server.close()
	})
}

function socketTo(port: number, closeServer: () => void = () => undefined): L1Socket {
	const socket = new L1Socket({ url: `ws://127.0.0.1:${port}`, timeoutMs: 100, maxFrameBytes: 10_000 })
	closers.push(() => socket.close(), closeServer)
	return socket
}

it('a server that never finishes the handshake fails the request in time', async () => {
	const socket = socketTo(await tcp(() => undefined))
	await expect(socket.request({ method: 'eth_chainId' })).rejects.toThrow(/handshake/)
})

it('closing while it connects fails the request at once', async () => {
	const accepted = deferred<void>()
	const socket = socketTo(await tcp(() => accepted.resolve()))
	const failed = expect(socket.request({ method: 'eth_chainId' })).rejects.toThrow(/WebSocket/)
	await accepted.promise
	socket.close()
	await failed
})

it('no answer, a frame that is not JSON, and a frame too large end the connection; the next call opens another', async () => {
	const answers = [undefined, '{"half', JSON.stringify('x'.repeat(20_000))]
	const socket = await answering((text) =>
		answers.length > 0
			? answers.shift()
			: JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(text).id, result: '0x1' }),
	)
	await expect(socket.request({ method: 'eth_chainId' })).rejects.toThrow(/took too long/)
	await expect(socket.request({ method: 'eth_chainId' })).rejects.toThrow(/not JSON/)
	await expect(socket.request({ method: 'eth_chainId' })).rejects.toThrow(/payload size/)
	expect(await socket.request({ method: 'eth_chainId' })).toBe('0x1')
})

it('says when pushed heads have ended', async () => {
	const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
	await once(server, 'listening')
	server.on('connection', (socket) => {
		socket.on('message', (data: Buffer) => {
			socket.send(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(data.toString()).id, result: '0xs' }))
			socket.send(
				'{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xs","result":{"a":1}}}',
			)
		})
	})
	const socket = socketTo(portOf(server), () => server.close())
	const head = deferred<unknown>()
	const ended = deferred<Error>()
	await socket.subscribe(head.resolve, ended.resolve)
	expect(await head.promise).toEqual({ a: 1 })
	for (const client of server.clients) client.terminate()
	expect(await ended.promise).toBeInstanceOf(Error)
})
