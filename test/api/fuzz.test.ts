import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { withDeadline } from '../supervisor/deadline.js'
import { exchange, plainRequest, postRequest } from './raw-client.js'
import { servedStore } from './served-store.js'

/** A failure prints seed and path; both can be given here to run it again. */
const RUNS = { numRuns: 300 }

const GOOD = '{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["10"]}'
const METHODS = [
	'supervisor_checkAccessList',
	'supervisor_crossDerivedToSource',
	'supervisor_localUnsafe',
	'supervisor_crossUnsafe',
	'supervisor_localSafe',
	'supervisor_crossSafe',
	'supervisor_finalized',
	'supervisor_finalizedL1',
	'supervisor_allSafeDerivedAt',
	'supervisor_syncStatus',
	'supervisor_dependencySetV1',
	'supervisor_subscribe',
	'supervisor_unsubscribe',
	'health_status',
	'rpc_modules',
	'admin_setFailsafeEnabled',
]

/** What a caller is to blame for, and what is not there (yet). -32603 would be a fault of ours. */
const CALLER_CODES = new Set([
	-32700, -32600, -32601, -32602, -32003, -32005, -320400, -320500, -320501, -320600, -320901, -321401,
])

const plausible = fc.oneof(
	fc.constantFrom('10', '0xa', '130', '0x82', 'safe', 'unsafe', 'finalized', 'heads', 'failsafe'),
	fc.record({
		hash: fc.constantFrom(`0x${'0'.repeat(64)}`, '0x'),
		number: fc.oneof(fc.nat(20), fc.double()),
	}),
	fc.record({
		timestamp: fc.constantFrom('0x3e8', '0x0', '0xffffffffffffffff'),
		chainID: fc.constantFrom('10', 10),
	}),
	fc.array(fc.constantFrom(`0x01${'0'.repeat(62)}`, `0x02${'0'.repeat(62)}`, `0x03${'0'.repeat(62)}`, '0x')),
	fc.jsonValue(),
)
const request = fc.record(
	{
		jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant('2.0') }, fc.jsonValue()),
		id: fc.oneof(fc.nat(), fc.string(), fc.jsonValue()),
		method: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...METHODS) }, fc.jsonValue()),
		params: fc.oneof({ weight: 9, arbitrary: fc.array(plausible, { maxLength: 4 }) }, fc.jsonValue()),
	},
	{ requiredKeys: ['jsonrpc', 'method', 'params'] },
)
const json = fc
	.oneof(request, fc.array(request, { maxLength: 5 }), fc.jsonValue())
	.map((value) => JSON.stringify(value))
const message = fc.oneof(
	{ weight: 3, arbitrary: json.map((text) => Buffer.from(text)) },
	{ weight: 1, arbitrary: damaged(fc.constant(Buffer.from(GOOD))) },
	{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
)

/** The two ways through the server. */
const requestForm = fc.constantFrom(postRequest, plainRequest)

/** Bytes with some of them changed, left out, or repeated. */
function damaged(original: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
	const change = fc.record({
		at: fc.double({ min: 0, max: 0.999, noNaN: true }),
		byte: fc.nat(255),
		how: fc.constantFrom('set', 'drop', 'repeat', 'cut'),
	})
	return fc.tuple(original, fc.array(change, { minLength: 1, maxLength: 4 })).map(([bytes, changes]) => {
		let result = bytes
		for (const { at, byte, how } of changes) {
			const place = Math.floor(at * result.length)
			const [before, after] = [result.subarray(0, place), result.subarray(place)]
			if (how === 'set') result = Buffer.concat([before, Buffer.from([byte]), after.subarray(1)])
			if (how === 'drop') result = Buffer.concat([before, after.subarray(1)])
			if (how === 'repeat') result = Buffer.concat([before, after.subarray(0, 20), after])
			if (how === 'cut') result = before
		}
		return result
	})
}

function expectAnswers(text: string): void {
	if (text === '') return
	const parsed: unknown = JSON.parse(text)
	for (const answer of Array.isArray(parsed) ? parsed : [parsed]) {
		if (answer.method === 'supervisor_subscription') continue
		expect(answer).toMatchObject({ jsonrpc: '2.0' })
		if ('result' in answer) expect(answer).not.toHaveProperty('error')
		else expect([...CALLER_CODES]).toContain(answer.error.code)
	}
}

test('any body is answered, and the next request is served', async () => {
	const { server, logs } = await servedStore()
	await fc.assert(
		fc.asyncProperty(message, requestForm, async (body, requestOf) => {
			const text = await exchange(server.port, requestOf(body))
			expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
			expectAnswers(text.slice(text.indexOf('\r\n\r\n') + 4))
			expect(await exchange(server.port, postRequest(GOOD))).toContain('"result":{"hash":')
		}),
		RUNS,
	)
	// Nothing was a fault inside of Vigil.
	expect(logs.records.filter(({ level }) => level >= 50)).toEqual([])
})

test('any bytes on a connection are answered or end it, and the next request is served', async () => {
	const { server, logs } = await servedStore()
	const bytes = fc.oneof(
		damaged(fc.tuple(message, requestForm).map(([body, requestOf]) => requestOf(body))),
		damaged(
			fc.constant(
				Buffer.from(
					'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
				),
			),
		),
		fc.uint8Array({ maxLength: 300 }).map((random) => Buffer.from(random)),
	)
	await fc.assert(
		fc.asyncProperty(bytes, async (sent) => {
			const text = await exchange(server.port, sent)
			expect(text).toMatch(/^(HTTP\/1\.1 \d\d\d |$)/)
			expect(text).not.toMatch(/node_modules|\.js:\d|HTTP\/1\.1 500/)
			expect(await exchange(server.port, postRequest(GOOD))).toContain('"result":{"hash":')
		}),
		RUNS,
	)
	expect(logs.records.filter(({ level }) => level >= 50)).toEqual([])
})

test('any message on a WebSocket is answered or ends it, and the next request is served', async () => {
	const { server, logs } = await servedStore()
	const messages = fc.array(fc.record({ data: message, binary: fc.boolean() }), {
		minLength: 1,
		maxLength: 5,
	})
	await fc.assert(
		fc.asyncProperty(messages, async (sent) => {
			const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`)
			const answers: string[] = []
			const last = '{"jsonrpc":"2.0","id":"the last","method":"health_status"}'
			const ended = new Promise<void>((resolve, reject) => {
				socket.on('error', reject)
				socket.on('close', () => resolve())
				socket.on('message', (data: Buffer) => {
					answers.push(data.toString())
					if (data.includes('the last')) socket.terminate()
				})
			})
			socket.on('open', () => {
				for (const { data, binary } of sent) socket.send(data, { binary })
				socket.send(last)
			})
			await withDeadline(() => `answers; there are ${answers.join(' ')}`, ended)
			for (const answer of answers) expectAnswers(answer)
			expect(await exchange(server.port, postRequest(GOOD))).toContain('"result":{"hash":')
		}),
		RUNS,
	)
	expect(logs.records.filter(({ level }) => level >= 50)).toEqual([])
})
