import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { JsonText, textOf } from '../../src/api/json-rpc.js'
import { method } from '../../src/api/method.js'
import { SUPERVISOR_METHODS } from '../../src/api/supervisor-methods.js'
import { createLogger } from '../../src/observability/log.js'
import { UnknownChainError } from '../../src/protocol/errors.js'
import { contextOf } from './context-of.js'

const log = createLogger({ level: 'silent', format: 'json', to: 'stderr' })
const unknown = () => {
	throw new UnknownChainError(1n)
}
const reader = { localUnsafe: unknown, localSafe: unknown, syncStatus: unknown }
const dispatcher = new Dispatcher({ methods: SUPERVISOR_METHODS, batchLimit: 5 }, contextOf(log, reader))
const caller = { client: '127.0.0.1', isAdmin: false }

/** Codes that a caller may be to blame for; -32603 would be a fault of ours. */
const CALLER_CODES = new Set([-32700, -32600, -32601, -32602, -320501])

function expectAnswer(answer: unknown): void {
	expect(answer).toMatchObject({ jsonrpc: '2.0', error: { message: expect.any(String) } })
	const { id, error } = answer as { id: unknown; error: { code: number } }
	expect(id === null || typeof id === 'string' || typeof id === 'number').toBe(true)
	expect(CALLER_CODES).toContain(error.code)
}

async function check(message: Uint8Array): Promise<void> {
	const text = await dispatcher.answer(message, caller)
	if (text === undefined) return
	const parsed: unknown = JSON.parse(textOf(text))
	if (Array.isArray(parsed)) {
		expect(parsed.length).toBeGreaterThan(0)
		for (const answer of parsed) expectAnswer(answer)
	} else expectAnswer(parsed)
}

const names = fc.constantFrom('supervisor_localUnsafe', 'supervisor_syncStatus', '__proto__', 'rpc.x')

test('any JSON gets an answer in the form of JSON-RPC with a code of the table', async () => {
	const request = fc.record(
		{
			jsonrpc: fc.constantFrom('2.0', 2),
			id: fc.jsonValue(),
			method: fc.oneof(names, fc.jsonValue()),
			params: fc.jsonValue(),
		},
		{ requiredKeys: [] },
	)
	const message = fc.oneof(
		fc.jsonValue(),
		request,
		fc.array(fc.oneof(request, fc.jsonValue()), { maxLength: 7 }),
	)
	await fc.assert(fc.asyncProperty(message, (value) => check(Buffer.from(JSON.stringify(value)))))
})

test('any bytes, and any damage to a good request, get such an answer', async () => {
	const good = Buffer.from('[{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["901"]}]')
	const damaged = fc
		.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
		.map((changes) => {
			const bytes = Buffer.from(good)
			for (const [at, byte] of changes) bytes[at] = byte
			return bytes
		})
	await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), check), {
		numRuns: 500,
	})
})

test('a result that is JSON already is passed on as it is, alone and in a batch', async () => {
	const stored = '{"a": 1,  "umlaut":"\u00e4"}'
	const methods = [method('test_text', [], () => new JsonText(Buffer.from(stored)))]
	const texts = new Dispatcher({ methods }, contextOf(log, reader))
	const request = (id: string) => `{"jsonrpc":"2.0","id":${id},"method":"test_text"}`
	const ask = async (message: string) => textOf((await texts.answer(Buffer.from(message), caller)) ?? '')
	const answer = (id: string) => `{"jsonrpc":"2.0","id":${id},"result":${stored}}`
	expect(await ask(request('"x"'))).toBe(answer('"x"'))
	expect(await ask(`[${request('1')},${request('null')}]`)).toBe(`[${answer('1')},${answer('null')}]`)
})
