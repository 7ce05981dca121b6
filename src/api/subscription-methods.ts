import { parseChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import { parseRecord, readField } from '../protocol/record.js'
import { parseSafetyLevel } from '../protocol/safety-level.js'
import { readLevel, readsOf } from './cluster-methods.js'
import type { ReadLevel } from './cluster-reads.js'
import { CutFollower } from './cut-follower.js'
import { LIMIT_EXCEEDED, METHOD_NOT_FOUND, RequestError } from './json-rpc.js'
import { type Caller, type Param, parseArguments, type RpcMethod } from './method.js'
import type { Subscriber, Topic } from './subscriptions.js'

const KINDS = ['heads', 'invalidations', 'failsafe'] as const

const kind: Param<(typeof KINDS)[number]> = {
	name: 'kind',
	parse(value, field) {
		const found = KINDS.find((name) => name === value)
		if (found === undefined) throw new MalformedValueError(field, `one of ${KINDS.join(', ')}`, value)
		return found
	},
}

const filter: Param<Omit<Extract<Topic, { kind: 'heads' }>, 'kind'>> = {
	name: 'filter',
	nullable: true,
	parse(value, field) {
		if (value === null) return {}
		const record = parseRecord(value, field)
		const chainId = readField(record, 'chainID')
		const level = readField(record, 'level')
		return {
			...(chainId === undefined ? {} : { chainId: parseChainId(chainId, `${field}.chainID`) }),
			...(level === undefined ? {} : { level: parseSafetyLevel(level, `${field}.level`) }),
		}
	},
}

const id: Param<string> = {
	name: 'id',
	parse(value, field) {
		if (typeof value !== 'string') throw new MalformedValueError(field, 'the id of a subscription', value)
		return value
	},
}

/** Subscriptions: docs/api.md and docs/cluster-reads.md say what is told. */
export const SUBSCRIPTION_METHODS: readonly RpcMethod[] = [
	{
		name: 'supervisor_subscribe',
		call(_context, params, caller) {
			const subscriber = subscriberOf(caller)
			return subscribe(subscriber, parseTopic(params))
		},
	},
	unsubscribeMethod('supervisor_unsubscribe'),
	{
		name: 'cluster_subscribe',
		call(context, params, caller) {
			const subscriber = subscriberOf(caller)
			const reads = readsOf(context)
			const [level] = parseArguments([readLevel], params) as [ReadLevel]
			return subscribe(subscriber, { kind: 'cuts', cuts: new CutFollower(reads, level) })
		},
	},
	unsubscribeMethod('cluster_unsubscribe'),
]

function unsubscribeMethod(name: string): RpcMethod {
	return {
		name,
		call(_context, params, caller) {
			const subscriber = subscriberOf(caller)
			const [subscription] = parseArguments([id], params) as [string]
			return subscriber.unsubscribe(subscription)
		},
	}
}

function subscribe(subscriber: Subscriber, topic: Topic): string {
	const subscription = subscriber.subscribe(topic)
	if (subscription !== undefined) return subscription
	throw new RequestError(LIMIT_EXCEEDED, 'limit exceeded: too many subscriptions of this connection')
}

/** Only heads can be narrowed. */
function parseTopic(params: readonly unknown[]): Topic {
	const isNarrowed = params[0] === 'heads' && params.length > 1
	const [name, narrowed] = parseArguments(isNarrowed ? [kind, filter] : [kind], params)
	return { kind: name, ...(narrowed as object | undefined) } as Topic
}

function subscriberOf({ subscriber }: Caller): Subscriber {
	if (subscriber !== undefined) return subscriber
	throw new RequestError(METHOD_NOT_FOUND, 'notifications not supported: subscribe over a WebSocket')
}
