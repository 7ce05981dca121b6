import { SUPERVISOR_METHODS } from '../../src/api/supervisor-methods.js'
import type { SupervisorReader } from '../../src/api/supervisor-reader.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { parseExecutingDescriptor } from '../../src/protocol/executing-descriptor.js'
import { parseSafetyLevel } from '../../src/protocol/safety-level.js'
import { checkAccessList } from '../../src/safety/check-access-list.js'
import { contains } from '../../src/safety/contains.js'
import { storeReader } from '../../src/supervisor/store-reader.js'
import type { Cluster } from '../scenarios/cluster.js'
import { differenceToAnswer } from './compare-answer.js'
import type { AccessQuery, ContainsQuery, Query, RpcQuery } from './recorded-store.js'

/** What Vigil answers: a value, or an error. */
export type Answer = { readonly value: unknown } | { readonly error: Error } | { readonly notServed: string }

/** How an answer stands to the recorded one. `difference` is undefined if they agree. */
export interface QueryResult {
	readonly id: string
	readonly type: Query['type']
	readonly notServed?: string
	readonly difference?: string
}

/** Asks a loaded store one recorded query. */
export function answerQuery(cluster: Cluster, query: Query): QueryResult {
	const { id, type } = query
	const answer = ask(cluster, query)
	if ('notServed' in answer) return { id, type, notServed: answer.notServed }
	const difference = differenceToAnswer(query, answer)
	return difference === undefined ? { id, type } : { id, type, difference }
}

function ask(cluster: Cluster, query: Query): Answer {
	try {
		switch (query.type) {
			case 'contains':
				return askContains(cluster, query)
			case 'checkAccessList':
				return askAccess(cluster, query)
			case 'rpc':
				return askRpc(storeReader(cluster.store), query)
		}
	} catch (error) {
		// Whatever is thrown is the answer; that of a fault cannot agree with a recorded one.
		return { error: error instanceof Error ? error : new Error(String(error)) }
	}
}

function askContains(cluster: Cluster, { chainID, query }: ContainsQuery): Answer {
	const message = {
		chainId: parseChainId(chainID, 'chainID'),
		blockNumber: BigInt(query.blockNum),
		timestamp: BigInt(query.timestamp),
		logIndex: query.logIdx,
		checksum: query.checksum,
	}
	const { block, error } = cluster.read((view) => contains(view, message))
	if (error !== undefined) return { error }
	const { hash, number, timestamp } = block
	return { value: { hash, number, timestamp } }
}

function askAccess(cluster: Cluster, query: AccessQuery): Answer {
	const executing = parseExecutingDescriptor(query.executingDescriptor, 'executingDescriptor')
	cluster.read((view) => {
		const minSafety = parseSafetyLevel(query.minSafety, 'minSafety')
		checkAccessList(view, cluster.rules, { entries: query.inboxEntries, minSafety, executing })
	})
	return { value: null }
}

function askRpc(reader: SupervisorReader, { method, params }: RpcQuery): Answer {
	const served = SUPERVISOR_METHODS.find(({ name }) => name === `supervisor_${method}`)
	if (served === undefined) return { notServed: method }
	return { value: served.call({ reader }, params) }
}
