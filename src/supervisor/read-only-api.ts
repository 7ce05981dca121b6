import type { Logger } from 'pino'
import { type RpcServer, type RpcServerOptions, startRpcServer } from '../api/rpc-server.js'
import type { ClusterConfig } from '../config/cluster-config.js'
import { ExecutionNodes } from '../execution/execution-nodes.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import { type ReadinessAnswer, readinessOf } from '../observability/readiness-answer.js'
import { openReader } from '../storage/index.js'
import { chainIdentity } from './chain-identity.js'
import { NodeOutputs } from './node-outputs.js'
import type { NodeAddress } from './operator.js'
import { OutputClient } from './output-client.js'
import { storeReading } from './store-reading.js'
import { supervisorApi } from './supervisor-api.js'

export interface ReadOnlyApiOptions extends RpcServerOptions {
	readonly cluster: ClusterConfig
	/** The data directory of a supervising process, on the same machine. */
	readonly directory: string
	/** Nodes to ask for outputs; without them there are no super roots. */
	readonly nodes?: readonly NodeAddress[]
	/** Execution nodes for grouped reads; without them there are only heads and outputs. */
	readonly executionNodes?: readonly string[]
}

export interface ReadOnlyApi extends RpcServer {
	/** Whether what it serves is fit to be asked for. */
	readonly readiness: () => ReadinessAnswer
}

/**
 * Serves the API from the data directory of another process, and answers what that one would. It takes no lock, writes
 * nothing, and subscribes to no node; any number can run. Admin methods that change something are not there.
 * @throws RpcListenError. @throws DataDirectoryError, SchemaVersionError, FingerprintMismatchError
 */
export async function startReadOnlyApi(
	options: ReadOnlyApiOptions,
	modules: {
		readonly log: Logger
		readonly version: string
		/** Counts requests, and shows what the store holds. */
		readonly metrics?: Metrics
	},
): Promise<ReadOnlyApi> {
	const { cluster, directory } = options
	const { log } = modules
	const store = await openReader({
		directory,
		chains: cluster.chains,
		identities: [...cluster.rollups.values()].map(chainIdentity),
	})
	const clients = (options.nodes ?? []).map((node) => new OutputClient(node, { log }))
	const nodes = (chainId: bigint) => clients.filter((client) => client.chainId === chainId)
	const execution = new ExecutionNodes(
		{ addresses: options.executionNodes ?? [], chains: cluster.chains },
		{ log },
	)
	const close = async () => {
		await execution.close()
		await Promise.all(clients.map((client) => client.close()))
		await store.close()
	}
	try {
		const api = supervisorApi({ store, outputs: new NodeOutputs({ log, nodes }), execution }, cluster)
		const reading = { read: () => ({ store: storeReading(store, directory) }) }
		const readiness = readinessOf(reading)
		const server = await startRpcServer(options, { ...modules, ...api, readiness })
		modules.metrics?.readFrom(reading)
		return {
			...server,
			readiness,
			close: async () => {
				await server.close()
				modules.metrics?.readFrom(undefined)
				await close()
			},
		}
	} catch (error) {
		await close()
		throw error
	}
}
