import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { servedStore } from './served-store.js'

const SECRET = Buffer.alloc(32, 7)
const OTHER_SECRET = Buffer.alloc(32, 8)

const token = (secret: Uint8Array, ageSeconds = 0, alg = 'HS256') =>
	new SignJWT()
		.setProtectedHeader({ alg, typ: 'JWT' })
		.setIssuedAt(Math.floor(Date.now() / 1000) - ageSeconds)
		.sign(secret)

const UNSIGNED = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from(
	JSON.stringify({ iat: Math.floor(Date.now() / 1000) }),
).toString('base64url')}.`

async function ask(port: number, method: string, params: unknown[], headers: Record<string, string> = {}) {
	const response = await fetch(`http://127.0.0.1:${port}/`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
	})
	const text = await response.text()
	return {
		status: response.status,
		headers: response.headers,
		text,
		json: text === '' ? {} : JSON.parse(text),
	}
}

describe('admin methods', () => {
	test('are not there unless they are enabled', async () => {
		const { server } = await servedStore()
		const { json } = await ask(server.port, 'admin_getFailsafeEnabled', [])
		expect(json.error).toMatchObject({ code: -32601 })
		expect((await ask(server.port, 'rpc_modules', [])).json.result).not.toHaveProperty('admin')
	})

	test('need no token without a secret', async () => {
		const { server, checks } = await servedStore({ admin: {} })
		expect((await ask(server.port, 'admin_getFailsafeEnabled', [])).json.result).toBe(false)
		expect((await ask(server.port, 'admin_setFailsafeEnabled', [true])).json.result).toBe(null)
		expect((await ask(server.port, 'admin_getFailsafeEnabled', [])).json.result).toBe(true)
		const check = checks[0]
		const params = [check?.inboxEntries, check?.minSafety, check?.executingDescriptor]
		expect((await ask(server.port, 'supervisor_checkAccessList', params)).json.error).toEqual({
			code: -32602,
			message: 'failsafe is enabled, rejecting all CheckAccessList requests',
		})
	})

	test('with a secret they need a token of it; everybody else may read', async () => {
		const { server, logs } = await servedStore({ admin: { jwtSecret: SECRET } })
		const admin = (headers: Record<string, string>) =>
			ask(server.port, 'admin_getFailsafeEnabled', [], headers)
		expect((await admin({})).json.error).toMatchObject({
			code: -32601,
			message: expect.stringContaining('without authentication'),
		})
		expect((await ask(server.port, 'supervisor_localUnsafe', ['10'])).json).toHaveProperty('result')
		const good = await token(SECRET)
		expect((await admin({ authorization: `Bearer ${good}` })).json.result).toBe(false)
		for (const [what, authorization, words] of [
			['another secret', `Bearer ${await token(OTHER_SECRET)}`, 'invalid token'],
			['an old token', `Bearer ${await token(SECRET, 61)}`, 'stale token'],
			['a token of the future', `Bearer ${await token(SECRET, -65)}`, 'future token'],
			['no signature', `Bearer ${UNSIGNED}`, 'invalid token'],
			['another algorithm', `Bearer ${await token(Buffer.alloc(64, 7), 0, 'HS512')}`, 'invalid token'],
			['the secret itself', `Bearer ${SECRET.toString('hex')}`, 'invalid token'],
			['another scheme', 'Basic YTpi', 'missing token'],
			['nothing', 'Bearer', 'missing token'],
		] as const) {
			const { status, text } = await admin({ authorization })
			expect([what, status, text]).toEqual([what, 401, expect.stringContaining(words)])
		}
		const logged = JSON.stringify(logs.records)
		expect(logged).not.toContain(good)
		expect(logged).not.toContain(SECRET.toString('hex'))
	})

	test('a JWT secret that is none is not repeated to anybody', async () => {
		const { server, logs } = await servedStore({ admin: {} })
		const secret = `0x${'ab'.repeat(31)}`
		const { json } = await ask(server.port, 'admin_addL2RPC', ['ws://node:9545', secret])
		expect(json.error.code).toBe(-32602)
		expect(JSON.stringify([json, logs.records])).not.toContain('abab')
	})

	test('a WebSocket shows its token when it connects', async () => {
		const { server } = await servedStore({ admin: { jwtSecret: SECRET } })
		const url = `ws://127.0.0.1:${server.port}/`
		const askOver = async (headers: Record<string, string>) => {
			const socket = new WebSocket(url, { headers })
			await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
			socket.send('{"jsonrpc":"2.0","id":1,"method":"admin_getFailsafeEnabled"}')
			const [data] = await new Promise<[Buffer]>((resolve) =>
				socket.once('message', (message: Buffer) => resolve([message])),
			)
			socket.terminate()
			return JSON.parse(data.toString())
		}
		expect(await askOver({ authorization: `Bearer ${await token(SECRET)}` })).toMatchObject({ result: false })
		expect(await askOver({})).toMatchObject({ error: { code: -32601 } })
		await expect(askOver({ authorization: `Bearer ${await token(OTHER_SECRET)}` })).rejects.toThrow('401')
	})
})

describe('browsers', () => {
	const ORIGIN = 'https://app.example'

	test('a page may read nothing by default', async () => {
		const { server } = await servedStore()
		const { headers } = await ask(server.port, 'supervisor_localUnsafe', ['10'], { origin: ORIGIN })
		expect(headers.get('access-control-allow-origin')).toBe(null)
		const preflight = await fetch(`http://127.0.0.1:${server.port}/`, {
			method: 'OPTIONS',
			headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
		})
		expect(preflight.status).toBe(405)
	})

	test('a page of a listed origin may', async () => {
		const { server } = await servedStore({ corsOrigins: [ORIGIN] })
		const { headers } = await ask(server.port, 'supervisor_localUnsafe', ['10'], { origin: ORIGIN })
		expect(headers.get('access-control-allow-origin')).toBe(ORIGIN)
		const preflight = await fetch(`http://127.0.0.1:${server.port}/`, {
			method: 'OPTIONS',
			headers: {
				origin: ORIGIN,
				'access-control-request-method': 'POST',
				'access-control-request-headers': 'content-type',
			},
		})
		expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
			204,
			'content-type',
		])
		const other = await ask(server.port, 'supervisor_localUnsafe', ['10'], { origin: 'https://evil.example' })
		expect(other.headers.get('access-control-allow-origin')).toBe(null)
	})

	test.each([
		['a service name, no browser', undefined, { host: 'supervisor:8545' }, 200],
		[
			'a page that has its name point here',
			undefined,
			{ host: 'evil.example', origin: 'http://evil.example' },
			403,
		],
		['a page of localhost', undefined, { host: 'localhost:8545', origin: 'http://localhost:8545' }, 200],
		['a page at an address', undefined, { host: '[::1]:8545', origin: 'http://[::1]:8545' }, 200],
		['a listed name', ['Supervisor'], { host: 'supervisor:8545', origin: 'http://supervisor' }, 200],
		['an address, whatever the list', ['supervisor'], { host: '10.0.0.7:8545' }, 200],
		['a name that is not listed, also without a browser', ['supervisor'], { host: 'other' }, 403],
		['any name', ['*'], { host: 'other', origin: 'http://other' }, 200],
	])('%s', async (_what, vhosts, headers, status) => {
		const { server } = await servedStore(vhosts === undefined ? {} : { vhosts })
		const { request } = await import('node:http')
		const found = await new Promise((resolve, reject) => {
			const body = '{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["10"]}'
			const outgoing = request(
				{
					port: server.port,
					method: 'POST',
					headers: { 'content-type': 'application/json', connection: 'close', ...headers },
				},
				(response) => resolve(response.resume().statusCode),
			)
			outgoing.on('error', reject).end(body)
		})
		expect(found).toBe(status)
	})

	test.each([
		[undefined, true],
		['http://localhost:3000', true],
		[ORIGIN, true],
		['https://evil.example', false],
		['null', false],
	])('a WebSocket of origin %s: %s', async (origin, isAllowed) => {
		const { server } = await servedStore({ corsOrigins: [ORIGIN] })
		const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, origin === undefined ? {} : { origin })
		const opened = await new Promise((resolve) =>
			socket.once('open', () => resolve(true)).once('error', () => resolve(false)),
		)
		socket.terminate()
		expect(opened).toBe(isAllowed)
	})
})
