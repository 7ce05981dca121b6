import type { ReadCluster } from './cluster-reading.js'
import { type NotReady, notReady } from './readiness.js'

/** Anybody may ask: the cluster is read at most this often for it. */
const MAX_AGE_MS = 250

/** What is answered at `GET /readyz`. */
export interface ReadinessAnswer {
	/** HTTP: 200 or 503. */
	readonly status: 200 | 503
	readonly body: { readonly status: 'ready' | 'not ready'; readonly reasons: readonly NotReady[] }
}

/** Answers whether a cluster is fit to be served. The answer is up to 250 ms old. Never throws. */
export function readinessOf(cluster: ReadCluster): () => ReadinessAnswer {
	let last: { readonly at: number; readonly answer: ReadinessAnswer } | undefined
	return () => {
		const now = performance.now()
		if (last === undefined || now - last.at > MAX_AGE_MS) last = { at: now, answer: answerOf(look(cluster)) }
		return last.answer
	}
}

function answerOf(reasons: readonly NotReady[]): ReadinessAnswer {
	if (reasons.length === 0) return { status: 200, body: { status: 'ready', reasons } }
	return { status: 503, body: { status: 'not ready', reasons } }
}

function look(cluster: ReadCluster): readonly NotReady[] {
	try {
		return notReady(cluster.read())
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error)
		return [{ code: 'storage-fault', reason: `the store cannot be read: ${message}` }]
	}
}
