import { type ChainId, formatChainId, parseChainId } from '../protocol/chain-id.js'
import { encodeBlockId, encodeBlockRef, encodeOutputV0 } from '../protocol/encode-block.js'
import { MalformedValueError } from '../protocol/errors.js'
import { parseHash } from '../protocol/hash.js'
import { parseHexNumber } from '../protocol/hex-uint64.js'
import { type JsonRecord, parseRecord, readField } from '../protocol/record.js'
import { parseSafetyLevel } from '../protocol/safety-level.js'
import type {
	ClusterAnswer,
	ClusterCall,
	ClusterOutputs,
	ClusterReads,
	Cut,
	CutId,
	CutNews,
	CutSelector,
	ReadLevel,
} from './cluster-reads.js'
import { METHOD_NOT_FOUND, RequestError } from './json-rpc.js'
import { type ApiContext, method, type Param, type RpcMethod, waitingMethod } from './method.js'

/** Of `cluster_call` without any. */
const DEFAULT_LEVEL = 'safe'

const selector: Param<CutSelector> = {
	name: 'selector',
	parse: (value, field) => parseSelector(parseRecord(value, field), field),
}

const call: Param<ClusterCall> = {
	name: 'call',
	parse(value, field) {
		const record = parseRecord(value, field)
		const name = readField(record, 'method')
		if (typeof name !== 'string') throw new MalformedValueError(`${field}.method`, 'a method', name)
		const params = readField(record, 'params') ?? []
		if (!Array.isArray(params)) throw new MalformedValueError(`${field}.params`, 'an array', params)
		const chains = readField(record, 'chains')
		if (chains !== undefined && !Array.isArray(chains))
			throw new MalformedValueError(`${field}.chains`, 'an array of chain IDs', chains)
		const strict = readField(record, 'strict') ?? false
		if (typeof strict !== 'boolean') throw new MalformedValueError(`${field}.strict`, 'true or false', strict)
		return {
			method: name,
			params,
			at: parseSelector(record, field),
			chains: chains?.map((chain, index) => parseChainId(chain, `${field}.chains[${index}]`)),
			isStrict: strict,
		}
	},
}

const time: Param<number> = { name: 'timestamp', parse: parseNumber }

/** A level that blocks can have. */
export const readLevel: Param<ReadLevel> = {
	name: 'level',
	parse(value, field) {
		const level = parseSafetyLevel(value, field)
		if (level === 'invalid') throw new MalformedValueError(field, 'a level that blocks can have', value)
		return level
	},
}

/** The `cluster_` namespace: reads of all chains at one cut (docs/cluster-reads.md). */
export const CLUSTER_METHODS: readonly RpcMethod[] = [
	method('cluster_getHeads', [selector], (context, at) => encodeCut(readsOf(context).cut(at))),
	waitingMethod('cluster_call', [call], async (context, wanted) =>
		encodeAnswer(await readsOf(context).call(wanted)),
	),
	waitingMethod('cluster_getOutputs', [time], async (context, timestamp) =>
		encodeOutputs(await readsOf(context).outputs(timestamp)),
	),
]

/** What subscribers are told of a level. */
export function encodeCutNews(news: CutNews): object {
	if (news.kind === 'cut') return { kind: 'cut', ...encodeCut(news.cut) }
	const { level, dropped, common } = news
	return { kind: 'reorg', level, dropped: encodeCutId(dropped), common: common ? encodeCutId(common) : null }
}

function parseSelector(record: JsonRecord, field: string): CutSelector {
	const at = (name: string) => `${field}.${name}`
	const level = readField(record, 'level')
	const l1 = readField(record, 'l1')
	const timestamp = readField(record, 'timestamp')
	if (l1 !== undefined && timestamp !== undefined)
		throw new MalformedValueError(field, 'either l1 or timestamp, not both', 'both')
	const wanted = level === undefined ? DEFAULT_LEVEL : readLevel.parse(level, at('level'))
	if (l1 !== undefined && (wanted === 'unsafe' || wanted === 'cross-unsafe'))
		throw new MalformedValueError(at('l1'), `no L1 block, because ${wanted} blocks do not come from one`, l1)
	return {
		level: wanted,
		...(l1 === undefined ? {} : { l1: parseL1(l1, at('l1')) }),
		...(timestamp === undefined ? {} : { timestamp: parseNumber(timestamp, at('timestamp')) }),
	}
}

/** A number, or a block ID. */
function parseL1(value: unknown, field: string): NonNullable<CutSelector['l1']> {
	if (typeof value !== 'object') return { number: parseNumber(value, field) }
	const record = parseRecord(value, field)
	return {
		number: parseNumber(readField(record, 'number'), `${field}.number`),
		hash: parseHash(readField(record, 'hash'), `${field}.hash`),
	}
}

/** As a JSON number or as a quantity. */
function parseNumber(value: unknown, field: string): number {
	if (typeof value === 'number') {
		if (Number.isSafeInteger(value) && value >= 0) return value
		throw new MalformedValueError(field, 'a whole number from 0', value)
	}
	return parseHexNumber(value, field)
}

function encodeCut({ level, l1, timestamp, chains }: Cut): object {
	return {
		level,
		l1: l1 === undefined ? null : encodeBlockRef(l1),
		timestamp,
		chains: byChain(chains, encodeBlockRef),
	}
}

function encodeCutId({ l1, timestamp }: CutId): object {
	return { l1: l1 === undefined ? null : encodeBlockId(l1), timestamp }
}

function encodeAnswer({ cut, chains }: ClusterAnswer): object {
	return { cut: encodeCut(cut), chains: byChain(chains, (answer) => answer) }
}

function encodeOutputs({ cut, superRoot, outputs }: ClusterOutputs): object {
	return {
		cut: encodeCut(cut),
		superRoot,
		chains: byChain(outputs, ({ output, outputRoot }) => ({ outputRoot, output: encodeOutputV0(output) })),
	}
}

function byChain<T>(chains: ReadonlyMap<ChainId, T>, encode: (value: T) => unknown): object {
	return Object.fromEntries([...chains].map(([id, value]) => [formatChainId(id), encode(value)]))
}

/** @throws RequestError in a process that has none */
export function readsOf({ cluster }: ApiContext): ClusterReads {
	if (cluster !== undefined) return cluster
	throw new RequestError(METHOD_NOT_FOUND, 'this process has no reads of the whole cluster')
}
