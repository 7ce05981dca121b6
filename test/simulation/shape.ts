import { type ChainId, chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { Random } from '../../src/recording/generate/random.js'
import type { ReplayEvents } from '../../src/recording/replay/node-service.js'

/** Seconds of the made-up clusters' time. */
export const L1_BLOCK_TIME = 6
export const GENESIS_TIME = 1_700_000_000
export const L1_CHAIN_ID = 900
const FIRST_CHAIN_ID = 901

/** How one chain is made. */
export interface ChainShape {
	readonly index: number
	readonly chainId: ChainId
	readonly letter: string
	readonly blockTime: number
	/** The L1 block of its genesis. */
	readonly l1Genesis: number
	/** The first block with interop; 0 for interop at genesis. */
	readonly activation: number
	/** Deposits' logs of blocks, repeating. */
	readonly deposits: readonly number[]
	/** What comes above a replacement: what was planned, something else, or blocks with deposits alone. */
	readonly aboveReplacement: number
	/** Managed nodes. */
	readonly nodes: number
	/** How each of its nodes gives events. */
	readonly transports: readonly ReplayEvents[]
	/** L1 blocks by which its batches are late at most. */
	readonly lag: number
	timeOf(number: number): number
	/** The last block that is not later than a time; negative before genesis. */
	numberAt(time: number): number
}

/** A cluster and how much happens in it; all of it follows from the seed. */
export interface Shape {
	readonly seed: number
	readonly chains: readonly ChainShape[]
	/** Seconds for which a message can be executed. */
	readonly expiryWindow: number
	readonly confirmationDepth: number
	/** L1 blocks that no reorg takes away: the origins of activation blocks are among them. */
	readonly trunk: number
	/** L1 blocks until faults and reorgs end. */
	readonly busyL1: number
	/** No block after this time holds logs that matter. */
	readonly messageSpan: number
	readonly messages: number
	/** Of all messages, how many are spoilt on purpose. */
	readonly faultShare: number
	readonly rings: number
}

export function shapeOf(seed: number): Shape {
	const random = new Random(seed, 0x5ba9e)
	const busyL1 = 12 + random.below(18)
	const count = 2 + random.below(3)
	const chains = Array.from({ length: count }, (_, index) => chainShape(seed, index, random))
	return {
		seed,
		chains,
		trunk: chains.some(({ activation, l1Genesis }) => activation + l1Genesis > 0) ? 6 : 1,
		expiryWindow: random.below(4) === 0 ? 12 : 3600,
		confirmationDepth: random.below(3),
		busyL1,
		messageSpan: l1Time(busyL1),
		messages: random.below(count * busyL1 * 2),
		faultShare: [0, 0.05, 0.15][random.below(3)] ?? 0,
		rings: Math.max(0, random.below(4) - 1),
	}
}

export function l1Time(number: number): number {
	return GENESIS_TIME + L1_BLOCK_TIME * number
}

function chainShape(seed: number, index: number, random: Random): ChainShape {
	const blockTime = [2, 2, 2, 1, 3][random.below(5)] ?? 2
	const l1Genesis = random.below(4) === 0 ? random.below(4) : 0
	const l2Time = l1Time(l1Genesis) + (random.below(4) === 0 ? 1 : 0)
	return {
		index,
		chainId: chainIdFromBigint(BigInt(FIRST_CHAIN_ID + index)),
		letter: 'ABCD'[index] ?? '?',
		blockTime,
		l1Genesis,
		activation: random.below(5) === 0 ? 1 + random.below(4) : 0,
		deposits: Array.from({ length: 3 }, () => random.below(3)),
		aboveReplacement: [0, 0, 0, 1, 2][random.below(5)] ?? 0,
		nodes: random.below(3) === 0 ? 2 : 1,
		transports: transports(seed, index),
		lag: random.below(4),
		timeOf: (number) => l2Time + number * blockTime,
		numberAt: (time) => Math.floor((time - l2Time) / blockTime),
	}
}

/** In every third cluster some nodes do not push events, or are not spoken to over a WebSocket at all. */
function transports(seed: number, chain: number): ReplayEvents[] {
	const isMixed = new Random(seed, 0x477).below(3) === 0
	const random = new Random(seed, 0x477, chain)
	const kinds: readonly ReplayEvents[] = isMixed ? ['pushed', 'pulled', 'http'] : ['pushed']
	return Array.from({ length: 2 }, () => kinds[random.below(kinds.length)] ?? 'pushed')
}
