import { Random } from './random.js'

/** What a generated cluster is like. All but seed, chains and blocks have defaults. */
export interface GenerateOptions {
	readonly seed: number
	readonly chains: number
	/** Of each chain, above genesis. */
	readonly blocks: number
	/** On average; OP Mainnet has about 93. */
	readonly logsPerBlock?: number
	/** How far the logs of a block may be from the average, as a share of it: 0 to 1. */
	readonly logSpread?: number
	/** Of all logs, how many execute a message: 0 to 1. */
	readonly executingShare?: number
	/** Seconds. */
	readonly blockTime?: number
	readonly l1BlockTime?: number
	/** Share of L1 blocks that carry no batch: 0 to 1. */
	readonly emptyL1Share?: number
	/** The last L2 blocks, which are not derived yet. */
	readonly unsafeBlocks?: number
	readonly confirmationDepth?: number
	/** The chains count up from here. */
	readonly firstChainId?: number
	/** Of all chains and of L1, seconds since 1970. */
	readonly genesisTime?: number
}

/** The options with all defaults; what everything generated depends on. */
export type ClusterShape = Required<GenerateOptions>

const GENESIS_TIME = 1_700_000_000
/** Keys of the kinds of random numbers, so that they do not repeat each other. */
export enum Draw {
	LogCount = 1,
	Executing,
	Target,
	Log,
	Receipts,
	EmptyL1,
	Pool,
}

/** @throws RangeError naming the option that is out of range. */
export function clusterShape(options: GenerateOptions): ClusterShape {
	const shape: ClusterShape = {
		logsPerBlock: 93,
		logSpread: 0.5,
		executingShare: 0.02,
		blockTime: 2,
		l1BlockTime: 12,
		emptyL1Share: 0.1,
		unsafeBlocks: Math.min(6, Math.max(0, options.blocks - 1)),
		confirmationDepth: 2,
		firstChainId: 901,
		genesisTime: GENESIS_TIME,
		...options,
	}
	const whole = [
		'seed',
		'chains',
		'blocks',
		'logsPerBlock',
		'unsafeBlocks',
		'confirmationDepth',
		'genesisTime',
	] as const
	for (const name of whole) {
		if (!Number.isSafeInteger(shape[name]) || shape[name] < 0)
			throw new RangeError(`${name} must be a whole number from 0, is ${shape[name]}`)
	}
	for (const name of ['chains', 'blocks', 'blockTime', 'l1BlockTime'] as const) {
		if (!(shape[name] >= 1)) throw new RangeError(`${name} must be at least 1, is ${shape[name]}`)
	}
	for (const name of ['executingShare', 'emptyL1Share'] as const) {
		if (!(shape[name] >= 0 && shape[name] < 1))
			throw new RangeError(`${name} must be from 0 to below 1, is ${shape[name]}`)
	}
	if (!(shape.logSpread >= 0 && shape.logSpread <= 1))
		throw new RangeError(`logSpread must be from 0 to 1, is ${shape.logSpread}`)
	if (shape.unsafeBlocks > shape.blocks) throw new RangeError('unsafeBlocks must not be above blocks')
	return shape
}

/** Logs in a block: around the average (by default half to one and a half times), at least one; none in genesis. */
export function logCount(shape: ClusterShape, chain: number, block: number): number {
	if (block === 0 || shape.logsPerBlock === 0) return 0
	const spread = Math.floor(shape.logsPerBlock * shape.logSpread)
	return Math.max(
		1,
		shape.logsPerBlock - spread + new Random(shape.seed, Draw.LogCount, chain, block).below(2 * spread + 1),
	)
}

/**
 * Whether a log executes a message. The first log of a block never does, so every block has an initiating message
 * that others can execute; block 1 has nothing before it but genesis, which holds no valid message (P3).
 */
export function isExecuting(shape: ClusterShape, chain: number, block: number, index: number): boolean {
	if (index === 0 || block < 2) return false
	return new Random(shape.seed, Draw.Executing, chain, block, index).fraction() < shape.executingShare
}

export function l2Time(shape: ClusterShape, block: number): number {
	return shape.genesisTime + block * shape.blockTime
}

/** The L1 block that an L2 block names as origin: the last one that is not younger. */
export function l1Origin(shape: ClusterShape, block: number): number {
	return Math.floor((block * shape.blockTime) / shape.l1BlockTime)
}

/** The L1 block from which an L2 block is derived: the first after its origin that carries batches. */
export function l1Source(shape: ClusterShape, block: number): number {
	let source = l1Origin(shape, block) + 1
	while (new Random(shape.seed, Draw.EmptyL1, source).fraction() < shape.emptyL1Share) source++
	return source
}
