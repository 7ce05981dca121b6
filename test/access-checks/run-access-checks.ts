import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { Cluster } from '../scenarios/cluster.js'
import { readLines } from '../scenarios/read-lines.js'
import { scratchDirectory } from '../scenarios/scratch-directory.js'
import { answerQuery, type QueryResult } from './answer-query.js'
import { loadStore } from './load-store.js'
import type { Query, RecordedStore } from './recorded-store.js'

export interface AccessCheckCounts {
	/** Answers that agree, by type of query. */
	readonly agreed: ReadonlyMap<Query['type'], number>
	readonly failed: readonly QueryResult[]
}

/** Answers every query of a folder with `stores.ndjson.gz` and `queries.ndjson.gz` from real stores. */
export async function runAccessChecks(directory: string): Promise<AccessCheckCounts> {
	const scratch = scratchDirectory('access-checks')
	const clusters = new Map<string, Cluster>()
	const agreed = new Map<Query['type'], number>()
	const failed: QueryResult[] = []
	try {
		for await (const line of readLines(join(directory, 'stores.ndjson.gz'))) {
			const recorded = JSON.parse(line) as RecordedStore
			const cluster = await Cluster.open(recorded, scratch, { log: pino({ level: 'silent' }) })
			clusters.set(recorded.id, cluster)
			await loadStore(cluster, recorded)
		}
		for await (const line of readLines(join(directory, 'queries.ndjson.gz'))) {
			const query = JSON.parse(line) as Query
			const cluster = clusters.get(query.store)
			const result: QueryResult =
				cluster === undefined
					? { id: query.id, type: query.type, difference: `there is no store ${query.store}` }
					: answerQuery(cluster, query)
			if (result.difference !== undefined) failed.push(result)
			else increment(agreed, result.type)
		}
	} finally {
		for (const cluster of clusters.values()) await cluster.close()
		rmSync(scratch, { recursive: true, force: true })
	}
	return { agreed, failed }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
	counts.set(key, (counts.get(key) ?? 0) + 1)
}
