import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { HttpRequestError, RpcRequestError } from 'viem'
import { expect, test } from 'vitest'
import { L1Http } from '../../src/l1/l1-http.js'
import { afterTest } from '../supervisor/cleanup.js'

async function serve(listener: RequestListener) {
	const server = createServer(listener).listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => server.close())
	afterTest(() => server.closeAllConnections())
	const { port } = server.address() as AddressInfo
	return { server, url: `http://127.0.0.1:${port}/key`, port }
}

function httpTo(url: string, options: { timeoutMs?: number; maxBytes?: number } = {}) {
	const http = new L1Http({ url, timeoutMs: 5_000, maxBytes: 10_000, ...options })
	afterTest(() => http.close())
	return http
}

const echo: RequestListener = async (request, response) => {
	const { method, url, headers } = request
	const seen = { method, url, type: headers['content-type'], who: headers.authorization }
	response.end(JSON.stringify({ ...seen, body: await text(request) }))
}

test('posts JSON and gives the JSON of the answer, over one connection', async () => {
	const { server, url } = await serve(echo)
	const sockets = new Set<Socket>()
	server.on('connection', (socket) => sockets.add(socket))
	const http = httpTo(url)
	for (const body of [[1], ['ü']]) {
		const seen = { method: 'POST', url: '/key', type: 'application/json', body: JSON.stringify(body) }
		expect(await http.post(body)).toEqual(seen)
	}
	expect(sockets.size).toBe(1)
})

test('tells the server name and password of the URL', async () => {
	const { port } = await serve(echo)
	const who = `Basic ${Buffer.from('me:s3:cret').toString('base64')}`
	expect(await httpTo(`http://me:s3%3Acret@127.0.0.1:${port}/`).post([])).toMatchObject({ who })
})

test('reads a compressed answer, and none that is larger than it may be', async () => {
	const { url } = await serve((request, response) => {
		expect(request.headers['accept-encoding']).toBe('gzip')
		response.setHeader('content-encoding', 'gzip').end(gzipSync(JSON.stringify('x'.repeat(9_000))))
	})
	expect(await httpTo(url).post([])).toBe('x'.repeat(9_000))
	await expect(httpTo(url, { maxBytes: 8_000 }).post([])).rejects.toThrow(HttpRequestError)
})

test('follows redirects that keep the method, but not in circles', async () => {
	const { url: target } = await serve(echo)
	const { url } = await serve((request, response) => {
		const location = request.url === '/round' ? '/round' : target
		response.writeHead(request.url === '/key' ? 307 : 308, { location }).end('moved')
	})
	expect(await httpTo(url).post([2])).toMatchObject({ method: 'POST', body: '[2]' })
	await expect(httpTo(url.replace('key', 'round')).post([])).rejects.toThrow('redirected more than 5 times')
})

test('asks again on a new connection when the server has closed the one that was kept', async () => {
	const { server, url } = await serve(echo)
	const sockets: Socket[] = []
	let cut = false
	server.on('connection', (socket) => {
		sockets.push(socket)
		// Cut in the moment of the request: the client cannot have seen it before.
		socket.on('data', () => {
			if (cut && socket === sockets[0]) socket.resetAndDestroy()
		})
	})
	const http = httpTo(url)
	await http.post([1])
	cut = true
	expect(await http.post([2])).toMatchObject({ body: '[2]' })
	expect(sockets).toHaveLength(2)
})

test.each<[string, RequestListener, object]>([
	[
		'a status',
		(_request, response) => response.writeHead(429, 'Slow Down').end('{}'),
		{ status: 429, details: 'Slow Down' },
	],
	[
		'a status with a reason that is no error of JSON-RPC',
		(_request, response) => response.writeHead(403).end('{"error":"no such key"}'),
		{ status: 403, details: '"no such key"' },
	],
	['a status with a page', (_request, response) => response.writeHead(502).end('<html>'), { status: 502 }],
	['another redirect', (_request, response) => response.writeHead(302).end(), { status: 302 }],
	['no JSON', (_request, response) => response.end('<html>'), { details: expect.stringMatching(/JSON/) }],
	[
		'too much',
		(_request, response) => response.end('9'.repeat(10_001)),
		{ details: 'the answer is larger than 10000 bytes' },
	],
	[
		'an end in mid-answer',
		(_request, response) =>
			response.writeHead(200, { 'content-length': 5 }).write('[', () => response.destroy()),
		{ details: 'aborted' },
	],
	[
		'no answer',
		(request) => request.socket.resetAndDestroy(),
		{ details: expect.stringMatching(/ECONNRESET|hang up/) },
	],
	[
		'a broken compression',
		(_request, response) => response.setHeader('content-encoding', 'gzip').end('[]'),
		{ details: 'incorrect header check' },
	],
])('names %s', async (_what, listener, facts) => {
	const { url } = await serve(listener)
	const error = await httpTo(url)
		.post([])
		.catch((reason: unknown) => reason)
	expect(error).toBeInstanceOf(HttpRequestError)
	expect(error).toMatchObject(facts)
})

test('gives up a server that does not come to an end, before and within its answer', async () => {
	const silent = await serve(() => {})
	const stuck = await serve((_request, response) => response.write('['))
	for (const { url } of [silent, stuck])
		await expect(httpTo(url, { timeoutMs: 100 }).post([])).rejects.toThrow('no whole answer within 100 ms')
})

test('close ends what is in flight, and what is asked later', async () => {
	const { server, url } = await serve(() => {})
	const http = httpTo(url)
	const arrived = once(server, 'request')
	const asked = expect(http.post([])).rejects.toThrow('the L1 source was closed')
	await arrived
	http.close()
	await asked
	await expect(http.post([])).rejects.toThrow('the L1 source is closed')
})

test('calls a method; what the server says of it is an error with its code, whatever the status', async () => {
	const { url } = await serve(async (request, response) => {
		const call = JSON.parse(await text(request))
		if (call.method === 'eth_chainId') response.end(JSON.stringify({ id: call.id, result: call.params }))
		else response.writeHead(429).end('{"error":{"code":-32005,"message":"too many"}}')
	})
	const http = httpTo(url)
	expect(await http.request({ method: 'eth_chainId' })).toEqual([])
	expect(await http.request({ method: 'eth_chainId', params: [1] })).toEqual([1])
	const refused = http.request({ method: 'eth_call' })
	await expect(refused).rejects.toThrow(RpcRequestError)
	await expect(refused).rejects.toMatchObject({ code: -32005, details: 'too many' })
})
