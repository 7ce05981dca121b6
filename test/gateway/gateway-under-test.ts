import type { Worker } from 'node:worker_threads'
import type { CountsReport } from '../../src/gateway/gateway-counts.js'
import type { GatewayWorkerData } from '../../src/gateway/gateway-messages.js'
import { GatewayThread } from '../../src/gateway/gateway-thread.js'
import { L1Feed } from '../../src/l1/l1-feed.js'
import type { Anvil } from '../anvil.js'
import { startAnvil } from '../anvil.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'

/** anvil's first two accounts, which it signs for. */
const FROM = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const TO = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
/** Code of a contract that logs one topic and some data whenever it is called. */
const LOGGER = '0x602a60005260aa60206000a1'

/** The same for all: anvil leaves out what follows on a transaction that pays less. */
const PRICE = '0x77359400'

export interface JsonBlock {
	readonly hash: string
	readonly number: string
	readonly parentHash: string
	readonly receiptsRoot: string
	readonly transactions: readonly { readonly hash: string }[]
}

/** An anvil whose blocks two below the tip are final, which mines when it is told to. */
export async function anvilForTest(): Promise<Anvil> {
	const anvil = await startAnvil(['--slots-in-an-epoch', '1', '--hardfork', 'prague'])
	afterTest(() => anvil.stop())
	await anvil.rpc('anvil_setCode', TO, LOGGER)
	return anvil
}

/** Mines a block with this many transactions, each with a log. */
export async function mineWith(anvil: Anvil, transactions: number): Promise<JsonBlock> {
	const first = Number(await anvil.rpc('eth_getTransactionCount', FROM, 'latest'))
	for (let i = 0; i < transactions; i++)
		await anvil.rpc('eth_sendTransaction', {
			...{ from: FROM, to: TO, gas: '0x186a0', data: `0x${'ab'.repeat(i)}` },
			nonce: `0x${(first + i).toString(16)}`,
			// Old ones, those with access lists, and those with fees.
			...(i % 3 < 2 ? { gasPrice: PRICE } : { maxFeePerGas: PRICE, maxPriorityFeePerGas: PRICE }),
			...(i % 3 === 1 ? { accessList: [{ address: TO, storageKeys: [] }] } : {}),
		})
	await anvil.mine(1)
	const block = (await anvil.rpc('eth_getBlockByNumber', 'latest', true)) as JsonBlock
	if (block.transactions.length !== transactions)
		throw new Error(`anvil mined ${block.transactions.length} of ${transactions} transactions`)
	return block
}

export interface RpcAnswer {
	readonly result?: unknown
	readonly error?: { readonly code: number; readonly message: string }
}

/** A real feed, and a real gateway in its thread over it. */
export interface TestGateway {
	readonly feed: L1Feed
	readonly thread: GatewayThread
	readonly workers: readonly Worker[]
	readonly logs: LogCapture
	/** All that was counted so far. */
	readonly counts: () => CountsReport
	readonly url: string
	rpc(method: string, ...params: unknown[]): Promise<RpcAnswer>
	/** The result. @throws Error if there is none */
	result(method: string, ...params: unknown[]): Promise<unknown>
	/** Waits until the gateway's view has this tip. */
	tipAt(block: Pick<JsonBlock, 'hash'>): Promise<void>
	close(): Promise<void>
}

/**
 * @param urls of the gateway's upstreams
 * @param feedUrls where the feed follows L1, if elsewhere
 */
export async function gatewayUnderTest(
	urls: readonly string[],
	options: Partial<GatewayWorkerData> & { readonly feedUrls?: readonly string[] } = {},
): Promise<TestGateway> {
	const { feedUrls = urls, ...settings } = options
	const workers: Worker[] = []
	const onWorker = (worker: Worker) => workers.push(worker)
	process.on('worker', onWorker)
	afterTest(() => process.off('worker', onWorker))
	const logs = new LogCapture()
	const feed = new L1Feed(
		{ urls: feedUrls, confirmationDepth: 2, pollIntervalMs: 20, finalizedPollIntervalMs: 20 },
		logs,
	)
	const reports: CountsReport[] = []
	const thread = new GatewayThread(
		{
			...{ addr: '127.0.0.1', port: 0, l1Urls: urls, beaconUrls: [], requestTimeoutMs: 5_000 },
			...{ trustRpc: false, directory: temporaryDirectory(), cacheBytes: 64 * 2 ** 20, version: 'test' },
			log: { level: 'silent', format: 'json', to: 'stderr' },
			...settings,
		},
		{ log: logs.log, feed, count: (report) => reports.push(report) },
	)
	let closing: Promise<void> | undefined
	const close = () => {
		closing ??= feed.close().then(() => thread.close())
		return closing
	}
	afterTest(close)
	await thread.started
	await feed.start()
	const url = `http://127.0.0.1:${thread.port}`
	const rpc = (method: string, ...params: unknown[]) => callGateway(url, method, ...params)
	const result = async (method: string, ...params: unknown[]) => {
		const answer = await rpc(method, ...params)
		if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
		return answer.result
	}
	return {
		...{ feed, thread, workers, logs, url, rpc, result, close },
		counts: () => reports.reduce(sum, NOTHING),
		async tipAt({ hash }) {
			let seen: RpcAnswer | undefined
			await until(
				() => `the tip ${hash}; it is ${JSON.stringify(seen)?.slice(0, 300)}`,
				async () => {
					seen = await rpc('eth_getBlockByNumber', 'latest', false)
					return (seen.result as JsonBlock | undefined)?.hash === hash
				},
			)
		},
	}
}

export async function callGateway(url: string, method: string, ...params: unknown[]): Promise<RpcAnswer> {
	return (await post(url, { jsonrpc: '2.0', id: 1, method, params })) as RpcAnswer
}

export async function post(url: string, body: unknown): Promise<unknown> {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	})
	return response.json()
}

const NOTHING: CountsReport = {
	...{ requests: {}, hits: {}, misses: {}, upstream: {} },
	...{ servedBytes: 0, fetchedBytes: 0, cacheBytes: 0 },
}

function sum(a: CountsReport, b: CountsReport): CountsReport {
	const tally = (one: CountsReport['hits'], other: CountsReport['hits']) => {
		const all = { ...one }
		for (const [key, count] of Object.entries(other)) all[key] = (all[key] ?? 0) + count
		return all
	}
	return {
		requests: tally(a.requests, b.requests),
		hits: tally(a.hits, b.hits),
		misses: tally(a.misses, b.misses),
		upstream: tally(a.upstream, b.upstream),
		servedBytes: a.servedBytes + b.servedBytes,
		fetchedBytes: a.fetchedBytes + b.fetchedBytes,
		cacheBytes: b.cacheBytes,
	}
}
