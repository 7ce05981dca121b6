import { askMs } from '../api-bench.js'
import { LoadProcess } from '../api-processes.js'
import { GatewayOverAnvil } from '../gateway-over-anvil.js'
import { NodeLikeClient } from '../node-like-client.js'
import { ProcessMeter } from '../process-cost.js'
import type { Measurement } from './measurement.js'
import type { Row, RowContext } from './row.js'

/** As on mainnet. */
const TRANSACTIONS = 200
const QUICK_TRANSACTIONS = 10
const BLOCKS = 16
const QUICK_BLOCKS = 2
const CONNECTIONS = [1, 8, 64] as const
const CHAINS = [2, 4, 8] as const
const NODES = [1, 2] as const

interface Size {
	readonly blocks: number
	readonly transactions: number
}

function sizeOf({ options }: RowContext): Size {
	return options.quick
		? { blocks: QUICK_BLOCKS, transactions: QUICK_TRANSACTIONS }
		: { blocks: BLOCKS, transactions: TRANSACTIONS }
}

/** How much the gateway answers out of its cache. */
export const GATEWAY_ROW: Row = {
	name: 'gateway',
	title: `cached answers of the L1 gateway, L1 blocks of ${TRANSACTIONS} transactions`,
	async run(context) {
		const { blocks, transactions } = sizeOf(context)
		const over = await GatewayOverAnvil.start()
		const load = new LoadProcess()
		try {
			const mined: { readonly hash: string }[] = []
			for (let i = 0; i < blocks; i++) mined.push(await over.mine(transactions))
			const measured: Measurement[] = []
			for (const [what, questionOf] of CACHED) {
				const bodies = mined.map(({ hash }, id) =>
					JSON.stringify({ jsonrpc: '2.0', id, ...questionOf(hash) }),
				)
				const fetching = new ProcessMeter()
				const from = performance.now()
				for (const body of bodies) await askOnce(over.gatewayUrl, body)
				const ms = (performance.now() - from) / bodies.length
				const cpuMs = fetching.stop(0).cpuMs / bodies.length
				if (what !== BLOCK)
					measured.push({
						...{ row: 'gateway', case: `${what}, fetched and proven`, contestant: 'vigil' },
						figures: [
							{ name: 'time', value: ms, unit: 'ms', better: 'less' },
							{ name: 'CPU', value: cpuMs, unit: 'ms', better: 'less' },
						],
					})
				for (const connections of CONNECTIONS) {
					const meter = new ProcessMeter()
					const ms = askMs(context.options)
					const result = await load.run({ ports: [over.gatewayPort], bodies, connections, ms })
					const { cpuMs } = meter.stop(0)
					measured.push({
						...{ row: 'gateway', case: `${what}, ${connections} connection(s)`, contestant: 'vigil' },
						figures: [
							{ name: 'calls/s', value: result.perSecond, unit: 'calls/s', better: 'more' },
							{ name: 'p50', value: result.p50Ms, unit: 'ms', better: 'less' },
							{ name: 'p99', value: result.p99Ms, unit: 'ms', better: 'less' },
							{ name: 'CPU a call', value: (cpuMs / result.allCalls) * 1_000, unit: 'us', better: 'less' },
						],
					})
				}
			}
			return measured
		} finally {
			load.close()
			await over.end()
		}
	},
}

/** In the cache with the one without transactions. */
const BLOCK = 'block'

const CACHED: readonly (readonly [what: string, questionOf: (hash: string) => object])[] = [
	['block without transactions', (hash) => ({ method: 'eth_getBlockByHash', params: [hash, false] })],
	[BLOCK, (hash) => ({ method: 'eth_getBlockByHash', params: [hash, true] })],
	['receipts', (hash) => ({ method: 'eth_getBlockReceipts', params: [hash] })],
]

async function askOnce(url: string, body: string): Promise<void> {
	const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
	const text = await response.text()
	if (!text.includes('"result":')) throw new Error(`no answer to ${body}: ${text.slice(0, 200)}`)
}

/** What L1 endpoints are asked for the nodes of a cluster, by the nodes themselves and by the gateway for them. */
export const GATEWAY_UPSTREAM_ROW: Row = {
	name: 'gateway-upstream',
	title: `calls to L1 for each L1 block of ${TRANSACTIONS} transactions, by nodes alone and through the gateway`,
	async run(context) {
		const size = sizeOf(context)
		const measured: Measurement[] = []
		for (const chains of CHAINS)
			for (const nodes of NODES) {
				const { direct, gateway } = await upstreamOf(chains * nodes, size)
				measured.push({
					...{ row: 'gateway-upstream', case: `${chains} chains of ${nodes} node(s)`, contestant: 'vigil' },
					figures: [
						{ name: 'calls, nodes alone', value: direct.calls / size.blocks, unit: 'calls' },
						{ name: 'calls, gateway', value: gateway.calls / size.blocks, unit: 'calls' },
						{ name: 'nodes alone', value: direct.bytes / size.blocks / 1e6, unit: 'MB' },
						{ name: 'gateway', value: gateway.bytes / size.blocks / 1e6, unit: 'MB' },
					],
				})
			}
		return measured
	},
}

interface Traffic {
	readonly calls: number
	readonly bytes: number
}

/** Nodes follow L1 block by block, all at the same moment: first at L1 itself, then at the gateway. */
async function upstreamOf(
	nodes: number,
	{ blocks, transactions }: Size,
): Promise<{ readonly direct: Traffic; readonly gateway: Traffic }> {
	const over = await GatewayOverAnvil.start()
	let ended: Awaited<ReturnType<GatewayOverAnvil['end']>> | undefined
	try {
		const clients = (url: string) => Array.from({ length: nodes }, () => new NodeLikeClient(url))
		const direct = clients(over.l1Url)
		const through = clients(over.gatewayUrl)
		for (let i = 0; i < blocks; i++) {
			const block = await over.mine(transactions)
			await Promise.all(direct.map((client) => client.follow(block)))
			await Promise.all(through.map((client) => client.follow(block)))
		}
		ended = await over.end()
		return {
			direct: {
				calls: direct.reduce((sum, { calls }) => sum + calls, 0),
				bytes: direct.reduce((sum, { bytes }) => sum + bytes, 0),
			},
			gateway: { calls: ended.upstreamCalls, bytes: ended.fetchedBytes },
		}
	} finally {
		if (ended === undefined) await over.end()
	}
}
