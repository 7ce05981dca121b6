import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { HttpRequestError } from 'viem'
import { expect, test } from 'vitest'
import { JsonPost } from '../../src/l1/json-post.js'
import { afterTest } from '../supervisor/cleanup.js'

async function serve(listener: RequestListener) {
	const server = createServer(listener).listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => server.close())
	afterTest(() => server.closeAllConnections())
	const { port } = server.address() as AddressInfo
	return { server, url: `http://127.0.0.1:${port}/key`, port }
}

function poster(options: { timeoutMs?: number; maxBytes?: number } = {}) {
	const post = new JsonPost({ timeoutMs: 5_000, maxBytes: 10_000, ...options })
	afterTest(() => post.close())
	return post
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
	const post = poster()
	for (const body of ['[1]', '["ü"]']) {
		const seen = { method: 'POST', url: '/key', type: 'application/json', body }
		expect(await post.post(url, body)).toEqual(seen)
	}
	expect(sockets.size).toBe(1)
})

test('tells the server name and password of the URL', async () => {
	const { port } = await serve(echo)
	const who = `Basic ${Buffer.from('me:s3:cret').toString('base64')}`
	expect(await poster().post(`http://me:s3%3Acret@127.0.0.1:${port}/`, '[]')).toMatchObject({ who })
})

test('reads a compressed answer, and none that is larger than it may be', async () => {
	const { url } = await serve((request, response) => {
		expect(request.headers['accept-encoding']).toBe('gzip')
		response.setHeader('content-encoding', 'gzip').end(gzipSync(JSON.stringify('x'.repeat(9_000))))
	})
	expect(await poster().post(url, '[]')).toBe('x'.repeat(9_000))
	await expect(poster({ maxBytes: 8_000 }).post(url, '[]')).rejects.toThrow(HttpRequestError)
})

test('follows redirects that keep the method, but not in circles', async () => {
	const { url: target } = await serve(echo)
	const { url } = await serve((request, response) => {
		const location = request.url === '/round' ? '/round' : target
		response.writeHead(request.url === '/key' ? 307 : 308, { location }).end('moved')
	})
	expect(await poster().post(url, '[2]')).toMatchObject({ method: 'POST', body: '[2]' })
	await expect(poster().post(url.replace('key', 'round'), '[]')).rejects.toThrow(
		'redirected more than 5 times',
	)
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
	const post = poster()
	await post.post(url, '[1]')
	cut = true
	expect(await post.post(url, '[2]')).toMatchObject({ body: '[2]' })
	expect(sockets).toHaveLength(2)
})

test.each<[string, RequestListener, object]>([
	[
		'a status',
		(_request, response) => response.writeHead(429, 'Slow Down').end('{}'),
		{ status: 429, details: 'Slow Down' },
	],
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
	const error = await poster()
		.post(url, '[]')
		.catch((reason: unknown) => reason)
	expect(error).toBeInstanceOf(HttpRequestError)
	expect(error).toMatchObject(facts)
})

test('gives up a server that does not come to an end, before and within its answer', async () => {
	const silent = await serve(() => {})
	const stuck = await serve((_request, response) => response.write('['))
	for (const { url } of [silent, stuck])
		await expect(poster({ timeoutMs: 100 }).post(url, '[]')).rejects.toThrow('no whole answer within 100 ms')
})

test('close ends what is in flight, and what is asked later', async () => {
	const post = poster()
	const { server, url } = await serve(() => {})
	const arrived = once(server, 'request')
	const asked = expect(post.post(url, '[]')).rejects.toThrow('the L1 source was closed')
	await arrived
	post.close()
	await asked
	await expect(post.post(url, '[]')).rejects.toThrow('the L1 source is closed')
})
