import { parentPort, workerData } from 'node:worker_threads'
import type { FromGateway, GatewayWorkerData, ToGateway } from '../src/gateway/gateway-messages.js'
import { GatewayServer } from '../src/gateway/gateway-server.js'
import { MainView } from '../src/gateway/main-view.js'
import { createLogger } from '../src/observability/log.js'
import { ThreadFigures } from '../src/observability/thread-figures.js'

/** How old the metrics of the gateway can be. */
const COUNTS_INTERVAL_MS = 1_000

const data = workerData as GatewayWorkerData
if (data.figures !== undefined) new ThreadFigures(data.figures).watch()
const log = createLogger(data.log)
const tell = (message: FromGateway) => parentPort?.postMessage(message)
const main = new MainView(tell)
const server = new GatewayServer(data, { log, blockAt: (number) => main.blockAt(number) })

parentPort?.on('message', async (message: ToGateway) => {
	switch (message.kind) {
		case 'view':
			return server.apply(message)
		case 'block-at':
			return main.answered(message)
		case 'close':
			clearInterval(counting)
			await server.close()
			tell({ kind: 'counts', counts: server.takeCounts() })
			return parentPort?.close()
		default:
			// A thread that is not understood is of no use: it ends, and is started again.
			throw new TypeError(`no message to the L1 gateway: ${JSON.stringify(message)}`)
	}
})
const counting = setInterval(() => tell({ kind: 'counts', counts: server.takeCounts() }), COUNTS_INTERVAL_MS)

try {
	tell({ kind: 'listening', ...(await server.listen()) })
} catch (error) {
	tell({ kind: 'not-listening', error: error instanceof Error ? error.message : String(error) })
	throw error
}
