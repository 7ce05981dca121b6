import type { ChainPlan, Plan } from './plan.js'

/** A chain with blocks every 2 s, nothing of which is special. */
export const CHAIN: ChainPlan = {
	pace: 0,
	offset: 0,
	activation: 0,
	anchorSource: 0,
	derived: [1],
	derivedElsewhere: [],
	deposits: [0],
	aboveReplacement: 0,
	delay: 0,
	isSameElsewhere: false,
	isSameUnsafe: false,
	tail: 0,
}

export const NO_FAULT = 99

/** Of the message before, and of the same time. */
export const MESSAGE = {
	block: 0,
	variant: 0,
	toward: 1,
	toVariant: 0,
	age: 0,
	log: 0,
	hasLogBefore: false,
	fault: NO_FAULT,
}

/** Three L1 blocks of one branch, before the last one, and nothing that happens on the way. */
export const QUIET: Omit<Plan, 'chains' | 'messages'> = {
	l1Height: 3,
	branches: [],
	expiryWindow: 1_000,
	rings: [],
	events: [],
	lastLinks: 99,
	isComparedInOrder: false,
}
