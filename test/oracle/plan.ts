import fc from 'fast-check'

/*
 * A cluster and its schedule in small integers, so that fast-check can shrink it: every plan is possible, zeros are
 * the plainest case, and entries that are left out leave the rest as it is.
 */

/** How one chain is made, and what its node derives from L1. */
export interface ChainPlan {
	/** Index into the block times of `World`. */
	readonly pace: number
	/** Seconds by which its genesis is later than the cluster's. */
	readonly offset: number
	/** Number of the activation block; 0 for interop at genesis. */
	readonly activation: number
	/** L1 block at which its first block is local-safe. */
	readonly anchorSource: number
	/** Blocks that each L1 block adds; missing ones add none. */
	readonly derived: readonly number[]
	/** The same for the part of L1 branches that is not on the final one. */
	readonly derivedElsewhere: readonly number[]
	/** Deposits' logs of blocks, repeating. */
	readonly deposits: readonly number[]
	/** What is derived above a replacement: what was planned, something else, or blocks with deposits alone. */
	readonly aboveReplacement: number
	/** L1 blocks by which blocks above a replacement are derived later. */
	readonly delay: number
	/** Other L1 branches derive the same blocks. */
	readonly isSameElsewhere: boolean
	/** The sequencer's other blocks have the logs of those that will be derived. */
	readonly isSameUnsafe: boolean
	/** Blocks beyond the derived ones that end the log index. */
	readonly tail: number
}

/** An executing message: which block carries it, and whose log it claims. */
export interface MessagePlan {
	readonly chain: number
	/** Blocks above the anchor. */
	readonly block: number
	/** Index into the variants of a block, for the executing and the initiating one. */
	readonly variant: number
	/** Chains after its own, in a circle. */
	readonly toward: number
	readonly toVariant: number
	/** 0: a block of the same time; otherwise so many blocks before it. */
	readonly age: number
	readonly log: number
	readonly hasLogBefore: boolean
	/** Index into the faults; what is beyond is none. */
	readonly fault: number
}

/** Blocks of one time that execute each other's messages in a ring. */
export interface RingPlan {
	readonly chain: number
	readonly block: number
	/** Chains that take part, as bits; those without a block of that time do not. */
	readonly members: number
	/** Each names the last log of the next block instead of the one that executes. */
	readonly isThroughLastLog: boolean
	/** 1: one of them names the first log of a block, 2: one has a wrong checksum. */
	readonly gap: number
}

export interface EventPlan {
	readonly kind: number
	readonly chain: number
	readonly amount: number
}

export interface Plan {
	/** Last block of the final L1 chain. */
	readonly l1Height: number
	/** Other branches of L1: where they leave the final one, and how many blocks they have. */
	readonly branches: readonly { readonly fork: number; readonly length: number }[]
	/** Seconds for which a message can be executed. */
	readonly expiryWindow: number
	readonly chains: readonly ChainPlan[]
	readonly messages: readonly MessagePlan[]
	readonly rings: readonly RingPlan[]
	readonly events: readonly EventPlan[]
	/** Links that each node tells at once when everything arrives at last. */
	readonly lastLinks: number
	/** Old blocks are removed at every other event. */
	readonly isPruned?: boolean
	/** The same is run in plain order, too, and restarted where it waits: slow, so not always. */
	readonly isComparedInOrder: boolean
}

const chainPlan: fc.Arbitrary<ChainPlan> = fc.record({
	pace: fc.constantFrom(0, 0, 0, 1, 2),
	offset: fc.constantFrom(0, 0, 0, 1, 2),
	activation: fc.constantFrom(0, 0, 0, 1, 2),
	anchorSource: fc.nat(1),
	derived: fc.array(fc.nat(3), { maxLength: 5, size: 'max' }),
	derivedElsewhere: fc.array(fc.nat(3), { maxLength: 3, size: 'max' }),
	deposits: fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }),
	aboveReplacement: fc.nat(2),
	delay: fc.constantFrom(0, 0, 1, 2),
	isSameElsewhere: fc.boolean(),
	isSameUnsafe: fc.boolean(),
	tail: fc.nat(2),
})

const NO_FAULT = 99

/** Mostly the first. */
const variant = fc.constantFrom(...Array<number>(27).fill(0), 1, 2, 3)

const messagePlan: fc.Arbitrary<MessagePlan> = fc.record({
	chain: fc.nat(3),
	block: fc.nat(7),
	variant,
	toward: fc.constantFrom(1, 1, 1, 2, 2, 2, 3, 3, 0),
	toVariant: variant,
	age: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3),
	log: fc.nat(5),
	hasLogBefore: fc.boolean(),
	fault: fc.constantFrom(...Array<number>(72).fill(NO_FAULT), 0, 1, 2, 3, 4, 5, 6, 7),
})

const ringPlan: fc.Arbitrary<RingPlan> = fc.record({
	chain: fc.nat(3),
	block: fc.nat(6),
	members: fc.nat(15),
	isThroughLastLog: fc.boolean(),
	gap: fc.constantFrom(0, 0, 0, 1, 2),
})

const eventPlan: fc.Arbitrary<EventPlan> = fc.record({
	kind: fc.nat(99),
	chain: fc.nat(3),
	amount: fc.nat(7),
})

export const plans: fc.Arbitrary<Plan> = fc.record({
	l1Height: fc.integer({ min: 3, max: 6 }),
	branches: fc.array(
		fc.record({ fork: fc.integer({ min: 1, max: 4 }), length: fc.integer({ min: 1, max: 3 }) }),
		{
			maxLength: 2,
		},
	),
	expiryWindow: fc.constantFrom(1000, 1000, 1000, 4, 2),
	chains: fc.array(chainPlan, { minLength: 2, maxLength: 4 }),
	messages: fc.array(messagePlan, { maxLength: 14, size: 'max' }),
	rings: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(ringPlan, { maxLength: 2 })),
	events: fc.array(eventPlan, { maxLength: 60, size: 'max' }),
	lastLinks: fc.constantFrom(99, 99, 99, 99, 99, 2),
	isComparedInOrder: fc.constantFrom(false, false, false, true),
})

/** Clusters that derive more blocks, whose messages expire so soon that most of these may be removed. */
export const prunedPlans: fc.Arbitrary<Plan> = fc
	.record({
		plan: plans,
		expiryWindow: fc.constantFrom(1, 2, 4),
		l1Height: fc.integer({ min: 7, max: 9 }),
		/** How much later branches leave the final L1: below that it is final. */
		later: fc.constantFrom(0, 3, 5),
		derived: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 9 }),
	})
	.map(({ plan, expiryWindow, l1Height, later, derived }) => ({
		...plan,
		expiryWindow,
		l1Height,
		isPruned: true,
		branches: plan.branches.map(({ fork, length }) => ({
			fork: Math.min(fork + later, l1Height - 1),
			length,
		})),
		chains: plan.chains.map((chain, i) => ({
			...chain,
			derived: derived.map((count, l1) => chain.derived[l1] ?? derived[(l1 + i) % derived.length] ?? count),
		})),
	}))
