import { INTERNAL_ERROR, INVALID_PARAMS, JsonText, METHOD_NOT_FOUND, RequestError } from '../api/json-rpc.js'
import { type Arguments, type Param, parseArguments, type RpcMethod } from '../api/method.js'
import { flag } from '../api/params.js'
import type { Flights } from '../node/flights.js'
import { type Hash, parseHash } from '../protocol/hash.js'
import { encodeHexUint64 } from '../protocol/hex-uint64.js'
import { type BlockParameter, parseBlockParameter, resolveBlock } from './block-parameter.js'
import { type CanonicalView, SERVER_ERROR } from './canonical-view.js'
import { UpstreamBusyError, UpstreamCallError, UpstreamContentError } from './errors.js'
import { type Found, then } from './found.js'
import type { L1Objects } from './l1-objects.js'
import { PASSED_ON } from './passed-methods.js'
import type { SafeLabel } from './safe-label.js'
import { transactionReceipt } from './transaction-receipt.js'
import type { Upstreams } from './upstreams.js'

/** What the methods work with. */
export interface GatewayContext {
	readonly view: CanonicalView
	readonly safe: SafeLabel
	readonly objects: L1Objects
	readonly upstreams: Upstreams
	/** Answers that are under way, by what was asked: who asks the same gets the same. */
	readonly flights: Flights<string, unknown>
	/** Known from the configuration, or asked once. */
	readonly chainId: () => Promise<bigint>
	readonly version: string
}

export type GatewayMethod = RpcMethod<GatewayContext>

const hash: Param<Hash> = { name: 'hash', parse: parseHash }
const block: Param<BlockParameter> = { name: 'block', parse: parseBlockParameter }
const full = flag('fullTransactions')

const ALCHEMY_BEGIN = Buffer.from('{"receipts":')
const ALCHEMY_END = Buffer.from('}')

/** JSON in UTF-8, undefined for null. */
type Text = Found<Buffer>

/**
 * Every method of the gateway: those that op-node's L1 client uses out of the cache, reads of the state passed on, each
 * at a block of the view. Nothing that writes.
 */
export const GATEWAY_METHODS: readonly GatewayMethod[] = [
	text('eth_getBlockByHash', [hash, full], ({ objects }, of, isFull) =>
		then(objects.block(of), (found) => found.text(isFull)),
	),
	text('eth_getBlockByNumber', [block, full], (context, of, isFull) =>
		at(context, of, (found) => then(context.objects.block(found), (one) => one.text(isFull))),
	),
	...['eth_getBlockReceipts', 'parity_getBlockReceipts', 'erigon_getBlockReceiptsByBlockHash'].map((name) =>
		text(name, [block], receiptsOf),
	),
	text('alchemy_getTransactionReceipts', [block], (context, of) =>
		then(receiptsOf(context, of), (receipts) => Buffer.concat([ALCHEMY_BEGIN, receipts, ALCHEMY_END])),
	),
	text('debug_getRawReceipts', [block], (context, of) =>
		at(context, of, (found) => context.objects.rawReceipts(found)),
	),
	text('eth_getTransactionReceipt', [hash], transactionReceipt),
	waiting('eth_chainId', [], async ({ chainId }) => encodeHexUint64(await chainId())),
	waiting('net_version', [], async ({ chainId }) => String(await chainId())),
	{ name: 'eth_blockNumber', call: ({ view }) => encodeHexUint64(view.tip.number) },
	{ name: 'eth_syncing', call: ({ view }) => view.expectThere() ?? false },
	{ name: 'web3_clientVersion', call: ({ version }) => `vigil/${version}/l1-gateway` },
	...PASSED_ON.map(({ name, blockAt }) => ({
		name,
		waits: true as const,
		call: (context: GatewayContext, params: readonly unknown[]) =>
			named(passOn(context, name, blockAt, params)),
	})),
	...['eth_sendRawTransaction', 'eth_sendTransaction', 'eth_sendRawTransactionConditional'].map((name) => ({
		name,
		call: () => {
			throw new RequestError(
				METHOD_NOT_FOUND,
				`${name} is refused: the L1 gateway only reads, send transactions to an L1 node`,
			)
		},
	})),
]

function receiptsOf(context: GatewayContext, of: BlockParameter): Text {
	return at(context, of, (found) => then(context.objects.receipts(found), (receipts) => receipts.text()))
}

/** Passes a read of the state on, at exactly the block that the view has. */
async function passOn(
	context: GatewayContext,
	name: string,
	blockAt: number,
	params: readonly unknown[],
): Promise<unknown> {
	if (params.length < blockAt)
		throw new RequestError(INVALID_PARAMS, `too few arguments, want ${blockAt} and the block`)
	const { cuts } = context.view
	const [of] = parseArguments([block], [params[blockAt] ?? 'latest']) as [BlockParameter]
	const found = await resolveBlock(of, context)
	if (found === undefined) throw new RequestError(SERVER_ERROR, 'the L1 view has no such block (yet)')
	const pinned = {
		blockHash: found,
		...('hash' in of && of.requireCanonical ? { requireCanonical: true } : {}),
	}
	const args = [...params.slice(0, blockAt), pinned, ...params.slice(blockAt + 1)]
	const asking = once(context, name, args)
	if ('hash' in of) return asking
	const result = await unlessCut(context, cuts, asking)
	return result === CUT ? passOn(context, name, blockAt, params) : result
}

/** What an upstream says; who asks the same meanwhile gets the same. */
function once(
	{ flights, upstreams }: GatewayContext,
	name: string,
	args: readonly unknown[],
): Promise<unknown> {
	const key = JSON.stringify([name, args])
	return flights.once(key, () => upstreams.ask(name, args, (result) => result))
}

/** A method whose answer is JSON text already, null if there is none. */
function text<const P extends readonly Param<unknown>[]>(
	name: string,
	params: P,
	handle: (context: GatewayContext, ...args: Arguments<P>) => Text,
): GatewayMethod {
	const answer = (found: Buffer | undefined) => (found === undefined ? null : new JsonText(found))
	return {
		name,
		waits: true,
		call(context, values) {
			const found = handle(context, ...(parseArguments(params, values) as never))
			return found instanceof Promise ? named(found.then(answer)) : answer(found)
		},
	}
}

function waiting(
	name: string,
	params: readonly [],
	handle: (context: GatewayContext) => Promise<unknown>,
): GatewayMethod {
	return {
		name,
		waits: true,
		call(context, values) {
			parseArguments(params, values)
			return named(handle(context))
		},
	}
}

/**
 * Goes on with the block that is meant, and anew if a reorg comes in between. If the view has none the answer is null; one
 * that it has and no upstream gives (yet) is an error, which callers try again.
 */
function at(context: GatewayContext, of: BlockParameter, go: (hash: Hash) => Text): Text {
	const { cuts } = context.view
	return then(resolveBlock(of, context), (found) => {
		const answer = go(found)
		if ('hash' in of) return answer
		if (!(answer instanceof Promise)) return expected(answer, found)
		return unlessCut(context, cuts, answer).then((text) =>
			text === CUT ? at(context, of, go) : expected(text, found),
		)
	})
}

/** A reorg came while something was waited for. */
const CUT = Symbol('cut')

/** The answer, or CUT if there was a reorg since `cuts`: then what it is, a failure too, is of a chain that is gone. */
async function unlessCut<T>(
	{ view }: GatewayContext,
	cuts: number,
	answer: Promise<T>,
): Promise<T | typeof CUT> {
	try {
		const value = await answer
		return view.cuts === cuts ? value : CUT
	} catch (error) {
		if (view.cuts === cuts) throw error
		return CUT
	}
}

function expected(text: Buffer | undefined, hash: Hash): Buffer {
	if (text !== undefined) return text
	throw new RequestError(SERVER_ERROR, `no L1 endpoint gives block ${hash} yet, try again`)
}

/** The caller is told what the upstreams said, in an error of the gateway. */
async function named<T>(answer: Promise<T>): Promise<T> {
	try {
		return await answer
	} catch (error) {
		if (error instanceof UpstreamCallError)
			throw new RequestError(error.code ?? SERVER_ERROR, `no L1 endpoint answers: ${error.message}`)
		if (error instanceof UpstreamContentError)
			throw new RequestError(INTERNAL_ERROR, `no L1 endpoint has a right answer: ${error.message}`)
		if (error instanceof UpstreamBusyError) throw new RequestError(SERVER_ERROR, error.message)
		throw error
	}
}
