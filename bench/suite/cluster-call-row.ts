import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { askMs } from '../api-bench.js'
import { LoadProcess } from '../api-processes.js'
import { FakeCluster } from '../fake-cluster.js'
import { HeadWatch } from '../head-watch.js'
import { ProcessMeter } from '../process-cost.js'
import { startVigil } from '../start-vigil.js'
import type { Measurement } from './measurement.js'
import type { Row, RowContext } from './row.js'

const CHAINS = [2, 4] as const
const CONNECTIONS = [1, 8] as const
const BLOCKS = 20
const LOGS = 5
const REACH_MS = 60_000
const ACCOUNT = '0x0000000000000000000000000000000000000001'

/** What a grouped read costs beside an execution node that is asked directly. */
export const CLUSTER_CALL_ROW: Row = {
	name: 'cluster-call',
	title: 'eth_getBalance of all chains at one cut, beside one node asked directly',
	async run(context) {
		const measured: Measurement[] = []
		for (const chains of CHAINS) measured.push(...(await measure(context, chains)))
		return measured
	},
}

async function measure({ options }: RowContext, chains: number): Promise<Measurement[]> {
	const fakes = await FakeCluster.start({ kind: 'generated', chains, blocks: BLOCKS, logs: LOGS })
	const load = new LoadProcess()
	const nodes: ExecutionNodeProcess[] = []
	try {
		for (const chainId of fakes.loaded.cluster.chains) nodes.push(await startNode(chainId))
		const served = await fakes.replay({ pace: { kind: 'asap' }, latencyMs: 0 })
		const executionNodes = nodes.map(({ port }) => `http://127.0.0.1:${port}`)
		const vigil = await startVigil(fakes.loaded, served, { threads: 1, executionNodes })
		const server = await vigil.serve()
		try {
			await new HeadWatch(vigil.supervisor, fakes.loaded.heads, REACH_MS).done
			const { port } = server
			const targets = [
				{
					name: 'one node, directly',
					port: nodes[0]?.port ?? 0,
					...request('eth_getBalance', [ACCOUNT, 'latest']),
				},
				{
					name: 'cluster_call',
					port,
					...request('cluster_call', [{ method: 'eth_getBalance', params: [ACCOUNT] }]),
				},
			]
			const measured: Measurement[] = []
			for (const { name, port, body } of targets)
				for (const connections of CONNECTIONS) {
					const meter = new ProcessMeter()
					const run = await load.run({ ports: [port], bodies: [body], connections, ms: askMs(options) })
					const { cpuMs } = meter.stop(0)
					const isOurs = name === 'cluster_call'
					measured.push({
						row: 'cluster-call',
						case: `${chains} chains, ${name}, ${connections} connection(s)`,
						contestant: 'vigil',
						figures: [
							{ name: 'calls/s', value: run.perSecond, unit: 'calls/s', better: 'more' },
							{ name: 'p50', value: run.p50Ms, unit: 'ms', better: 'less' },
							{ name: 'p99', value: run.p99Ms, unit: 'ms', better: 'less' },
							...(isOurs
								? [
										{
											name: 'CPU a call',
											value: (cpuMs / run.allCalls) * 1_000,
											unit: 'us',
											better: 'less',
										} as const,
									]
								: []),
						],
					})
				}
			return measured
		} finally {
			await server.close()
			await vigil.end()
		}
	} finally {
		for (const { child } of nodes) child.kill()
		load.close()
		fakes.close()
	}
}

interface ExecutionNodeProcess {
	readonly child: ChildProcess
	readonly port: number
}

async function startNode(chainId: ChainId): Promise<ExecutionNodeProcess> {
	const file = fileURLToPath(new URL('../execution-node-process.js', import.meta.url))
	const child = fork(file, [`${chainId}`], { execArgv: [] })
	const [port] = (await once(child, 'message')) as [number]
	return { child, port }
}

function request(method: string, params: readonly unknown[]): { readonly body: string } {
	return { body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) }
}
