import { workerData } from 'piscina'
import type { IndexRequest, IndexResult, IndexWorkerData } from '../src/indexing/index-task.js'
import { IndexWorker } from '../src/indexing/index-worker.js'

const worker = new IndexWorker(workerData as IndexWorkerData)

/** Entry of the index worker threads: piscina calls it once per request. */
export default function run(request: IndexRequest): Promise<IndexResult | undefined> {
	return worker.run(request)
}
