import { pino } from 'pino'
import { SUPERVISOR_METHODS } from '../../src/api/supervisor-methods.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { parseExecutingDescriptor } from '../../src/protocol/executing-descriptor.js'
import { parseSafetyLevel } from '../../src/protocol/safety-level.js'
import { checkAccessList } from '../../src/safety/check-access-list.js'
import { contains } from '../../src/safety/contains.js'
import { storeReader } from '../../src/supervisor/store-reader.js'
import { contextOf } from '../api/context-of.js'
import type { Cluster } from '../scenarios/cluster.js'
import { differenceToAnswer } from './compare-answer.js'
import type { AccessQuery, ContainsQuery, Query, RpcQuery } from './recorded-store.js'

/** What Vigil answers: a value, or an error. */
export type Answer = { readonly value: unknown } | { readonly error: Error }

/** How an answer stands to the recorded one. `difference` is undefined if they agree. */
export interface QueryResult {
	readonly id: string
	readonly type: Query['type']
	readonly difference?: string
}

/** Asks a loaded store one recorded query. */
export function answerQuery(cluster: Cluster, query: Query): QueryResult {
	const { id, type } = query
	const answer = ask(cluster, query)
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
				return askRpc(cluster, query)
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

function askRpc(cluster: Cluster, { method, params }: RpcQuery): Answer {
	const served = SUPERVISOR_METHODS.find(({ name }) => name === `supervisor_${method}`)
	if (served === undefined) throw new Error(`there is no method ${method}`)
	const dependencySet = { chains: cluster.chainIds, messageExpiryWindow: 0n }
	const reader = storeReader(cluster.store, { dependencySet, rules: cluster.rules })
	const context = contextOf(pino({ level: 'silent' }), reader)
	return { value: served.call(context, params, { client: 'test', isAdmin: false }) }
}
