import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import {
	ExecutionOverloadedError,
	ExecutionRequestError,
	ExecutionResponseError,
	ExecutionRpcError,
	ExecutionTimeoutError,
	NoExecutionNodeError,
} from '../../src/execution/execution-errors.js'
import { type ExecutionCallReport, ExecutionNodes } from '../../src/execution/execution-nodes.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { startAnvil } from '../anvil.js'
import { afterTest } from '../supervisor/cleanup.js'
import { type Answering, ExecutionServer, result, rpcError, silence } from './execution-server.js'

const A = chainIdFromBigint(901n)
const B = chainIdFromBigint(902n)

const logged: Record<string, unknown>[] = []
const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) })

async function serving(chainId: number, answering?: Answering): Promise<ExecutionServer> {
	const server = await new ExecutionServer(chainId, answering).listen()
	afterTest(() => server.stop())
	return server
}

function nodesAt(addresses: readonly string[], onCall?: (report: ExecutionCallReport) => void) {
	const nodes = new ExecutionNodes(
		{ addresses, chains: [A, B] },
		{ log, ...(onCall === undefined ? {} : { onCall }) },
	)
	afterTest(() => nodes.close())
	return nodes
}

const failing = (call: Promise<unknown>) =>
	call.then(
		() => expect.unreachable(),
		(error: unknown) => error,
	)

test('each chain is asked at its own node, in whatever order they are named', async () => {
	const [a, b] = await Promise.all([startAnvil(['--chain-id', '901']), startAnvil(['--chain-id', '902'])])
	afterTest(() => Promise.all([a.stop(), b.stop()]))
	await b.mine(3)
	const nodes = nodesAt([b.httpUrl, a.httpUrl])
	expect(await nodes.call(A, 'eth_chainId', [])).toBe('0x385')
	expect(await nodes.call(B, 'eth_chainId', [])).toBe('0x386')
	expect(await nodes.call(A, 'eth_blockNumber', [])).toBe('0x0')
	expect(await nodes.call(B, 'eth_blockNumber', [])).toBe('0x3')
	expect(nodes.ready(A)).toBe(1)
})

test('the first node of a chain is asked, the next one while it is gone, and the first again after that', async () => {
	const first = await serving(901, result('first'))
	const second = await serving(901, result('second'))
	const reports: ExecutionCallReport[] = []
	const nodes = nodesAt([first.url, second.url], (report) => reports.push(report))
	expect(await nodes.call(A, 'eth_blockNumber', [])).toBe('first')
	await first.stop()
	expect(await nodes.call(A, 'eth_blockNumber', [])).toBe('second')
	await first.listen()
	await vi.waitFor(async () => expect(await nodes.call(A, 'eth_blockNumber', [])).toBe('first'), 20_000)
	expect(reports.map(({ outcome }) => outcome)).toContain('ExecutionRequestError')
	expect(reports.at(-1)).toMatchObject({ chainId: A, method: 'eth_blockNumber', outcome: 'ok' })
})

test('a node of a chain that is not of the cluster is refused loudly and never asked', async () => {
	const stranger = await serving(10)
	const nodes = nodesAt([stranger.url])
	const error = await failing(nodes.call(A, 'eth_blockNumber', []))
	expect(error).toBeInstanceOf(NoExecutionNodeError)
	expect(String(error)).toContain('is of chain 10, expected 901 or 902: check --l2-execution.nodes')
	expect(stranger.countOf()).toBe(0)
	expect(nodes.nodes[0]?.state).toBe('refused')
	const line = logged.find(({ node, level }) => node === stranger.url && level === 50)
	expect(line?.msg).toBe('execution node is of a wrong chain and is not used')
})

test('a node that comes back as one of another chain of the cluster is not used for either', async () => {
	const node = await serving(901, result('0x1'))
	const nodes = nodesAt([node.url])
	expect(await nodes.call(A, 'eth_blockNumber', [])).toBe('0x1')
	await node.stop()
	await failing(nodes.call(A, 'eth_blockNumber', []))
	const asked = node.countOf()
	node.chainId = 902
	await node.listen()
	await vi.waitFor(() => expect(nodes.nodes[0]?.state).toBe('refused'), 20_000)
	await failing(nodes.call(A, 'eth_blockNumber', []))
	const error = await failing(nodes.call(B, 'eth_blockNumber', []))
	expect(String(error)).toContain('no execution node of chain 902 can be asked: none is named')
	expect(node.countOf()).toBe(asked)
})

test('a chain without a node says so', async () => {
	expect(String(await failing(nodesAt([]).call(A, 'eth_blockNumber', [])))).toBe(
		'NoExecutionNodeError: no execution node of chain 901 can be asked: none is named in --l2-execution.nodes',
	)
})

test.for([
	['HTTP 503', (_call, response) => response.writeHead(503).end('busy')],
	['the answer is not JSON', (_call, response) => response.end('<html>')],
	['the answer is not JSON-RPC 2.0', (_call, response) => response.end('[]')],
	['the answer is to another request', ({ id }, response) => result(1)({ id: id + 1 } as never, response)],
	['neither result nor error', ({ id }, response) => response.end(JSON.stringify({ jsonrpc: '2.0', id }))],
	['more than 100 bytes of answer', result('x'.repeat(101))],
	['other side closed', (_call, response) => response.destroy()],
] satisfies [string, Answering][])(
	'%s is a failed request, and the next node is asked',
	async ([what, bad]) => {
		const node = await serving(901, bad)
		const good = await serving(901, result('good'))
		const options = { maxAnswerBytes: 100 }
		const error = await failing(nodesAt([node.url]).call(A, 'eth_getLogs', [{}], options))
		expect(error).toBeInstanceOf(ExecutionRequestError)
		expect(String(error)).toContain(what)
		expect(await nodesAt([node.url, good.url]).call(A, 'eth_getLogs', [{}], options)).toBe('good')
	},
)

test("the node's own error comes through; where the call reverted nobody else is asked", async () => {
	const reverts = await serving(901, rpcError(3, 'execution reverted: no', '0x08c379a0'))
	const behind = await serving(901, rpcError(-32000, 'header not found'))
	const good = await serving(901, result('0x2'))
	expect(await failing(nodesAt([reverts.url, good.url]).call(A, 'eth_call', []))).toMatchObject({
		name: 'ExecutionRpcError',
		code: 3,
		reason: 'execution reverted: no',
		data: '0x08c379a0',
	})
	expect(good.countOf()).toBe(0)
	expect(await nodesAt([behind.url, good.url]).call(A, 'eth_call', [])).toBe('0x2')
	const silent = await serving(901, (_call, response) => response.destroy())
	const error = await failing(nodesAt([behind.url, silent.url]).call(A, 'eth_call', []))
	expect(error).toBeInstanceOf(ExecutionRpcError)
	expect(error).toMatchObject({ reason: 'header not found' })
})

test('a result that the caller does not take is an error that names the node, and the next node is asked', async () => {
	const wrong = await serving(901, result('wrong'))
	const right = await serving(901, result('right'))
	const fault = (value: unknown) => (value === 'right' ? undefined : 'another block than was asked for')
	const error = await failing(nodesAt([wrong.url]).call(A, 'eth_getBlockByHash', [], { fault }))
	expect(error).toBeInstanceOf(ExecutionResponseError)
	expect(String(error)).toBe(
		`ExecutionResponseError: execution node ${wrong.url} answered eth_getBlockByHash with another block than was asked for`,
	)
	expect(await nodesAt([wrong.url, right.url]).call(A, 'eth_getBlockByHash', [], { fault })).toBe('right')
})

test('a call has a deadline and can be given up', async () => {
	const node = await serving(901, silence)
	const nodes = nodesAt([node.url])
	expect(await failing(nodes.call(A, 'eth_call', [], { timeoutMs: 50 }))).toBeInstanceOf(
		ExecutionTimeoutError,
	)
	const reason = new Error('the caller left')
	const abort = new AbortController()
	const call = failing(nodes.call(A, 'eth_call', [], { signal: abort.signal }))
	await vi.waitFor(() => expect(node.countOf()).toBe(2))
	abort.abort(reason)
	expect(await call).toBe(reason)
})

test('more calls than may wait are refused, and closing ends those that wait', async () => {
	const node = await serving(901, silence)
	const nodes = new ExecutionNodes({ addresses: [node.url], chains: [A] }, { log })
	const calls = Array.from({ length: 64 + 1_024 + 1 }, () => failing(nodes.call(A, 'eth_call', [])))
	expect(await Promise.race(calls)).toBeInstanceOf(ExecutionOverloadedError)
	await nodes.close()
	const names = (await Promise.all(calls)).map((error) => (error as Error).name)
	expect(names.filter((name) => name === 'ExecutionOverloadedError')).toHaveLength(1)
	expect(names.filter((name) => name === 'ExecutionRequestError')).toHaveLength(64 + 1_024)
})

test('secrets of a URL go to the node and nowhere else', async () => {
	const node = await serving(901, rpcError(-32000, 'no'))
	const nodes = nodesAt([`http://user:s3cret@127.0.0.1:${node.port}/k3y?token=t0ken`])
	const error = await failing(nodes.call(A, 'eth_call', []))
	await node.stop()
	const gone = await failing(nodes.call(A, 'eth_call', []))
	expect(node.authorizations[0]).toBe(`Basic ${Buffer.from('user:s3cret').toString('base64')}`)
	expect(`${error} ${gone} ${JSON.stringify(logged)}`).not.toMatch(/s3cret|k3y|t0ken/)
})
