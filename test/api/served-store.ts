import { fileURLToPath } from 'node:url'
import type { RpcServerOptions } from '../../src/api/rpc-server.js'
import { type RpcServer, startRpcServer } from '../../src/api/rpc-server.js'
import { storeReader } from '../../src/supervisor/store-reader.js'
import { loadStore } from '../access-checks/load-store.js'
import type { AccessQuery, Query, RecordedStore } from '../access-checks/recorded-store.js'
import { Cluster } from '../scenarios/cluster.js'
import { readLines } from '../scenarios/read-lines.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { contextOf } from './context-of.js'

const VECTORS = fileURLToPath(new URL('../vectors/contains/', import.meta.url))
/** Two chains, 10 and 130, with cross-safe and unsafe blocks. */
const STORE = 's00'

export interface ServedStore {
	readonly server: RpcServer
	readonly cluster: Cluster
	readonly logs: LogCapture
	/** Recorded access checks of this store. */
	readonly checks: readonly (AccessQuery & Pick<Query, 'error'>)[]
}

/** Serves a real store with recorded contents until the end of the test. Nothing of it waits for a node. */
export async function servedStore(options: Partial<RpcServerOptions> = {}): Promise<ServedStore> {
	const logs = new LogCapture()
	const recorded = await findLine<RecordedStore>('stores.ndjson.gz', ({ id }) => id === STORE)
	const cluster = await Cluster.open(recorded, temporaryDirectory(), { log: logs.log })
	afterTest(() => cluster.close())
	await loadStore(cluster, recorded)
	const reader = storeReader(cluster.store, {
		dependencySet: { chains: cluster.chainIds, messageExpiryWindow: 604_800n },
		rules: cluster.rules,
	})
	const context = {
		...contextOf(logs.log, reader),
		control: {
			setFailsafe: (on: boolean) => cluster.store.setFailsafe(on),
			addL2Rpc: async () => {},
			rewind: async () => {},
			start: async () => {},
			stop: async () => {},
		},
	}
	const server = await startRpcServer({ addr: '127.0.0.1', port: 0, ...options }, context)
	afterTest(() => server.close())
	const checks: ServedStore['checks'][number][] = []
	for await (const line of readLines(`${VECTORS}queries.ndjson.gz`)) {
		const query = JSON.parse(line) as Query
		if (query.store === STORE && query.type === 'checkAccessList') checks.push(query)
	}
	return { server, cluster, logs, checks }
}

async function findLine<T>(file: string, isIt: (value: T) => boolean): Promise<T> {
	for await (const line of readLines(`${VECTORS}${file}`)) {
		const value = JSON.parse(line) as T
		if (isIt(value)) return value
	}
	throw new Error(`${file} has no such line`)
}
