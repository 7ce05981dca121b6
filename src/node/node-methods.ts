import type {
	BlockId,
	BlockRef,
	BlockSeal,
	DerivedBlockRefPair,
	L2BlockRef,
	OutputV0,
} from '../protocol/block.js'
import { type ChainId, parseChainId } from '../protocol/chain-id.js'
import { encodeBlockId, encodeBlockRef, encodeBlockSeal } from '../protocol/encode-block.js'
import type { Hash } from '../protocol/hash.js'
import { parseDerivedPair, parseL2BlockRef, parseOutputV0 } from '../protocol/parse-block.js'
import type { ResetHeads } from './reset-heads.js'

/** How one method of a managed node is called. */
export interface NodeMethod<Params extends readonly unknown[], Result> {
	readonly method: string
	/** Another spelling, for nodes that answer the first with -32601. */
	readonly otherSpelling?: string
	/** Whether "not found" in an error means that the node does not have a block. */
	readonly isLookup: boolean
	/** Whether the node soon has an event to tell after it. */
	readonly makesNews?: true
	/** The `params` member. */
	readonly encode: (...params: Params) => readonly unknown[]
	/** Reads the `result` member; throws MalformedValueError. */
	readonly parse: (result: unknown) => Result
}

/** Every call of the protocol notes' table, but those that deliver events. Numbers go as plain JSON numbers. */
export const nodeMethods = {
	chainId: query<[], ChainId>(
		'interop_chainID',
		() => [],
		(result) => parseChainId(result, 'chain ID'),
	),
	anchorPoint: query<[], DerivedBlockRefPair>(
		'interop_anchorPoint',
		() => [],
		(result) => parseDerivedPair(result, 'anchor point'),
	),
	provideL1: makingNews(order<[next: BlockRef]>('interop_provideL1', (next) => [encodeBlockRef(next)])),
	updateCrossUnsafe: order<[head: BlockId]>('interop_updateCrossUnsafe', (head) => [encodeBlockId(head)]),
	updateCrossSafe: order<[derived: BlockId, source: BlockId]>(
		'interop_updateCrossSafe',
		(derived, source) => [encodeBlockId(derived), encodeBlockId(source)],
	),
	updateFinalized: order<[head: BlockId]>('interop_updateFinalized', (head) => [encodeBlockId(head)]),
	invalidateBlock: makingNews(
		order<[block: BlockSeal]>('interop_invalidateBlock', (block) => [encodeBlockSeal(block)]),
	),
	reset: makingNews(
		order<[heads: ResetHeads]>('interop_reset', (heads) => [
			encodeBlockId(heads.localUnsafe),
			encodeBlockId(heads.crossUnsafe),
			encodeBlockId(heads.localSafe),
			encodeBlockId(heads.crossSafe),
			encodeBlockId(heads.finalized),
		]),
	),
	resetPreInterop: makingNews(order<[]>('interop_resetPreInterop', () => [])),
	/** Receipts are called for raw: `parse` is only for whoever wants a few of them. */
	fetchReceipts: lookup<[block: Hash], unknown>(
		'interop_fetchReceipts',
		(block) => [block],
		(result) => result,
	),
	l2BlockRefByNumber: {
		...lookup<[number: number], L2BlockRef>(
			'interop_l2BlockRefByNumber',
			(number) => [number],
			(result) => parseL2BlockRef(result, 'L2 block ref'),
		),
		otherSpelling: 'interop_blockRefByNumber',
	},
	l2BlockRefByTimestamp: lookup<[timestamp: number], L2BlockRef>(
		'interop_l2BlockRefByTimestamp',
		(timestamp) => [timestamp],
		(result) => parseL2BlockRef(result, 'L2 block ref'),
	),
	outputV0AtTimestamp: lookup<[timestamp: number], OutputV0>(
		'interop_outputV0AtTimestamp',
		(timestamp) => [timestamp],
		(result) => parseOutputV0(result, 'output'),
	),
	pendingOutputV0AtTimestamp: lookup<[timestamp: number], OutputV0>(
		'interop_pendingOutputV0AtTimestamp',
		(timestamp) => [timestamp],
		(result) => parseOutputV0(result, 'pending output'),
	),
} as const

function query<Params extends readonly unknown[], Result>(
	method: string,
	encode: (...params: Params) => readonly unknown[],
	parse: (result: unknown) => Result,
): NodeMethod<Params, Result> {
	return { method, isLookup: false, encode, parse }
}

function lookup<Params extends readonly unknown[], Result>(
	method: string,
	encode: (...params: Params) => readonly unknown[],
	parse: (result: unknown) => Result,
): NodeMethod<Params, Result> {
	return { method, isLookup: true, encode, parse }
}

/** A method whose result says nothing: that there is one means that it was done. */
function order<Params extends readonly unknown[]>(
	method: string,
	encode: (...params: Params) => readonly unknown[],
): NodeMethod<Params, void> {
	return { method, isLookup: false, encode, parse: () => undefined }
}

function makingNews<Method extends object>(method: Method): Method & { readonly makesNews: true } {
	return { ...method, makesNews: true }
}
