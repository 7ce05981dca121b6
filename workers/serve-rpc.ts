import { parentPort, workerData } from 'node:worker_threads'
import { rpcMethods } from '../src/api/rpc-methods.js'
import { type RpcServer, startRpcServer } from '../src/api/rpc-server.js'
import { MainThread } from '../src/api/thread/main-thread.js'
import { RpcThreadCounts } from '../src/api/thread/rpc-counts.js'
import type { FromRpcThread, RpcWorkerData, ToRpcThread } from '../src/api/thread/rpc-messages.js'
import { createLogger } from '../src/observability/log.js'
import { ThreadFigures } from '../src/observability/thread-figures.js'
import { snapshotsOf } from '../src/snapshot/snapshots-of.js'
import { openReader, type Reader } from '../src/storage/index.js'
import { readingApi } from '../src/supervisor/supervisor-api.js'

/** How old the metrics of the RPC server can be. */
const COUNTS_INTERVAL_MS = 1_000

const data = workerData as RpcWorkerData
if (data.figures !== undefined) new ThreadFigures(data.figures).watch()
const log = createLogger(data.log)
const tell = (message: FromRpcThread) => parentPort?.postMessage(message)
const main = new MainThread(tell)
const counts = new RpcThreadCounts()
const tellCounts = () => tell({ kind: 'counts', counts: counts.take() })
const { cluster, directory, snapshotMaxAgeMs, version } = data
const snapshots =
	snapshotMaxAgeMs === undefined ? undefined : snapshotsOf({ directory, maxAgeMs: snapshotMaxAgeMs }, log)

let store: Reader | undefined
try {
	store = await openReader({ directory, chains: cluster.chains })
	const server = await startRpcServer(data.server, {
		...{ log, version, ...readingApi(store, cluster) },
		methods: main.callsThere(rpcMethods({ admin: data.server.admin !== undefined })),
		readiness: () => main.readiness(),
		isAlive: () => main.isAlive(),
		metrics: { rpc: counts },
		...(snapshots === undefined ? {} : { snapshots: snapshots.server }),
	})
	serve(server, store)
} catch (error) {
	await store?.close()
	// Without anything to wait for, the thread ends.
	tell({ kind: 'not-listening', error: error instanceof Error ? error.message : String(error) })
}

function serve(server: RpcServer, store: Reader): void {
	const counting = setInterval(tellCounts, COUNTS_INTERVAL_MS)
	parentPort?.on('message', async (message: ToRpcThread) => {
		if (message.kind === 'answer') return main.answered(message.id, message.answer)
		// A thread that is not understood is of no use: it ends, and is started again.
		if (message.kind !== 'close')
			throw new TypeError(`no message to the RPC thread: ${JSON.stringify(message)}`)
		await Promise.all([server.close(), snapshots?.close()])
		clearInterval(counting)
		tellCounts()
		await store.close()
		parentPort?.close()
	})
	tell({ kind: 'listening', addr: server.addr, port: server.port })
}
