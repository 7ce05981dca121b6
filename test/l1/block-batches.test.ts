import { once } from 'node:events'
import { createServer } from 'node:http'
import { RpcRequestError } from 'viem'
import { afterEach, expect, it } from 'vitest'
import { BlockBatches } from '../../src/l1/block-batches.js'
import { L1ResponseError } from '../../src/l1/l1-errors.js'
import { L1Http } from '../../src/l1/l1-http.js'

const closers: (() => void)[] = []
afterEach(() => {
	for (const close of closers.splice(0)) close()
})

interface Call {
	readonly id: number
	readonly method: string
	readonly params: readonly [string, boolean]
}

/** A server that answers a batch as it is told. */
async function endpoint(answer: (calls: readonly Call[]) => unknown, status = 200) {
	const seen: (readonly Call[])[] = []
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = []
		for await (const chunk of request) chunks.push(chunk as Buffer)
		const calls = JSON.parse(Buffer.concat(chunks).toString()) as readonly Call[]
		seen.push(calls)
		response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer(calls)))
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	closers.push(() => server.closeAllConnections())
	closers.push(() => server.close())
	const address = server.address()
	if (typeof address !== 'object' || address === null) return expect.fail('no address')
	return { url: `http://127.0.0.1:${address.port}`, seen }
}

const batches = (...urls: string[]) =>
	new BlockBatches(urls.map((url) => ({ http: new L1Http({ url, timeoutMs: 5_000, maxBytes: 1_000_000 }) })))
const good = ({ id, params }: Call) => ({ jsonrpc: '2.0', id, result: { number: params[0] } })

it('asks in one request, and puts the answers in order', async () => {
	const { url, seen } = await endpoint((calls) => calls.map(good).toReversed())
	expect(await batches(url).blocks([7, 8, 9])).toEqual([
		{ number: '0x7' },
		{ number: '0x8' },
		{ number: '0x9' },
	])
	expect(seen).toHaveLength(1)
	expect(
		seen[0]?.every(({ method, params }) => method === 'eth_getBlockByNumber' && params[1] === false),
	).toBe(true)
})

it('tells a block that is not there', async () => {
	const { url } = await endpoint((calls) =>
		calls.map((call) => (call.params[0] === '0x8' ? { ...good(call), result: null } : good(call))),
	)
	expect(await batches(url).blocks([7, 8])).toEqual([{ number: '0x7' }, null])
})

it('takes the next endpoint when one fails, and keeps what the last one said', async () => {
	const broken = await endpoint(() => 'no')
	const limited = await endpoint(
		(calls) => calls.map(({ id }) => ({ id, error: { code: -32005, message: 'too many' } })),
		429,
	)
	const working = await endpoint((calls) => calls.map(good))
	expect(await batches(broken.url, limited.url, working.url).blocks([1])).toEqual([{ number: '0x1' }])
	await expect(batches(broken.url, limited.url).blocks([1])).rejects.toThrow('429')
	await expect(batches().blocks([1])).rejects.toThrow('no L1 endpoint')
})

it.each<[string, (calls: readonly Call[]) => unknown, object]>([
	['a refusal of batches', () => ({ error: { code: -32600, message: 'no batches' } }), RpcRequestError],
	[
		'an error of one element',
		(calls) => calls.map(({ id }) => ({ id, error: { code: -32000, message: 'gone' } })),
		RpcRequestError,
	],
	['no array', () => ({ result: [] }), L1ResponseError],
	['a missing answer', (calls) => calls.slice(1).map(good), L1ResponseError],
	[
		'answers without ids',
		(calls) => calls.map((call) => ({ ...good(call), id: undefined })),
		L1ResponseError,
	],
	['an answer without a result', (calls) => calls.map(({ id }) => ({ id })), L1ResponseError],
	['answers that are none', (calls) => calls.map(() => null), L1ResponseError],
])('names %s', async (_name, answer, kind) => {
	const { url } = await endpoint(answer)
	await expect(batches(url).blocks([1, 2])).rejects.toThrow(kind as typeof Error)
})
