import { workerData } from 'piscina'
import type { IndexRequest, IndexResult, IndexWorkerData } from '../src/indexing/index-task.js'
import { IndexWorker } from '../src/indexing/index-worker.js'
import { ThreadFigures } from '../src/observability/thread-figures.js'

const data = workerData as IndexWorkerData
if (data.figures !== undefined) new ThreadFigures(data.figures).watch()
const worker = new IndexWorker(data)

/** Entry of the index worker threads: piscina calls it once per request. */
export default function run(request: IndexRequest): Promise<IndexResult | undefined> {
	return worker.run(request)
}
