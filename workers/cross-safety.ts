import { parentPort, workerData } from 'node:worker_threads'
import { EarlyChannel } from '../src/indexing/early-channel.js'
import { createLogger } from '../src/observability/log.js'
import { ThreadFigures } from '../src/observability/thread-figures.js'
import { LinkCheck } from '../src/safety/link-check.js'
import { openSafetyStore } from '../src/storage/index.js'
import { CommitBudget } from '../src/supervisor/commit-budget.js'
import { Promoter } from '../src/supervisor/promoter.js'
import type { SafetyRequest, SafetyWorkerData } from '../src/supervisor/safety-messages.js'

const data = workerData as SafetyWorkerData
if (data.figures !== undefined) new ThreadFigures(data.figures).watch()
const log = createLogger(data.log)
const store = await openSafetyStore(
	{ directory: data.directory, chains: data.chains.map(({ chainId }) => chainId) },
	{ log },
)
const hasNews = new Int32Array(data.hasNews)
const promoter = new Promoter({
	store,
	log,
	rules: {
		link: new LinkCheck({
			chains: new Map(data.chains.map((chain) => [chain.chainId, chain])),
			messageExpiryWindow: data.messageExpiryWindow,
		}),
	},
	report: (report) => parentPort?.postMessage(report),
	budget: new CommitBudget(),
	beginRound: () => Atomics.store(hasNews, 0, 0),
})

const early = new EarlyChannel(data.earlyChannel)
early.listen(({ chainId, ref, record }) =>
	promoter.early(chainId, { ref, record: Buffer.from(record.buffer, record.byteOffset, record.byteLength) }),
)

parentPort?.on('message', async (request: SafetyRequest) => {
	if (request === 'news') return promoter.news()
	// A thread that is not understood is of no use: it ends, and is started again.
	if (request !== 'close') throw new TypeError(`no request to the cross-safety thread: ${String(request)}`)
	early.close()
	await promoter.close()
	await store.close()
	parentPort?.close()
})
