import { parentPort } from 'node:worker_threads'
import { RpcListenError } from '../src/api/http-server.js'
import { rpcMethods } from '../src/api/rpc-methods.js'
import { startRpcServer } from '../src/api/rpc-server.js'
import { MainThread } from '../src/api/thread/main-thread.js'
import { RpcThreadCounts } from '../src/api/thread/rpc-counts.js'
import type { FromRpcThread, RpcThreadData, ToRpcThread } from '../src/api/thread/rpc-messages.js'
import { createLogger } from '../src/observability/log.js'
import { ThreadFigures } from '../src/observability/thread-figures.js'
import { snapshotsOf } from '../src/snapshot/snapshots-of.js'
import { openReader, type Reader } from '../src/storage/index.js'
import { readingApi } from '../src/supervisor/supervisor-api.js'

/** How old the metrics of the RPC server can be. */
const COUNTS_INTERVAL_MS = 1_000

const tell = (message: FromRpcThread) => parentPort?.postMessage(message)
const main = new MainThread(tell)
const counts = new RpcThreadCounts()
const tellCounts = () => tell({ kind: 'counts', counts: counts.take() })

let serving: Promise<{ close(): Promise<void> } | undefined> | undefined

parentPort?.on('message', (message: ToRpcThread) => {
	switch (message.kind) {
		case 'serve':
			serving = serve(message.data)
			return
		case 'answer':
			return main.answered(message.id, message.answer)
		case 'close':
			return void close()
		default:
			// A thread that is not understood is of no use: it ends, and is started again.
			throw new TypeError(`no message to the RPC thread: ${JSON.stringify(message)}`)
	}
})

async function serve(data: RpcThreadData) {
	const { cluster, directory, figures, server: options, snapshotMaxAgeMs, version } = data
	const log = createLogger(data.log)
	let store: Reader | undefined
	try {
		const isCounted = figures !== undefined
		if (isCounted) new ThreadFigures(figures).watch()
		store = await openReader({ directory, chains: cluster.chains })
		const snapshots =
			snapshotMaxAgeMs === undefined ? undefined : snapshotsOf({ directory, maxAgeMs: snapshotMaxAgeMs }, log)
		const server = await startRpcServer(options, {
			...{ log, version, ...readingApi(store, cluster) },
			methods: main.callsThere(rpcMethods({ admin: options.admin !== undefined })),
			readiness: () => main.readiness(),
			isAlive: () => main.isAlive(),
			...(isCounted ? { metrics: { rpc: counts } } : {}),
			...(snapshots === undefined ? {} : { snapshots: snapshots.server }),
		})
		const counting = isCounted ? setInterval(tellCounts, COUNTS_INTERVAL_MS) : undefined
		tell({ kind: 'listening', addr: server.addr, port: server.port })
		const open = store
		return {
			close: async () => {
				await Promise.all([server.close(), snapshots?.close()])
				clearInterval(counting)
				if (isCounted) tellCounts()
				await open.close()
			},
		}
	} catch (error) {
		if (!(error instanceof RpcListenError)) log.error({ err: error }, 'the RPC thread cannot serve')
		tell({ kind: 'not-listening', error: error instanceof Error ? error.message : String(error) })
		await store?.close()
		// The thread ends; main knows whether to try again.
		parentPort?.close()
		return undefined
	}
}

async function close(): Promise<void> {
	const served = await serving
	await served?.close()
	parentPort?.close()
}
