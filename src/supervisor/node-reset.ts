import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import { NodeRpcError } from '../node/errors.js'
import type { ResetHeads } from '../node/reset-heads.js'
import type { ResetReading } from '../observability/cluster-reading.js'
import { formatBlock } from '../protocol/block.js'
import { type ResetLimits, WrongAnchorError } from './reset-target.js'

/** Why a node does not take the heads that it is to be reset to. */
export const RESET_REFUSALS = [
	/** It does not have one of them. */
	'unknown block',
	/** It has another block in the place of one of them. */
	'conflicting block',
	/** Its unsafe head would go back further than it allows. */
	'too deep',
	/** One of them is older than interop. */
	'before interop',
] as const

export type ResetRefusal = (typeof RESET_REFUSALS)[number]

/** Enough to see what happened last. */
const LAST_RESETS = 8

export interface ResetNode {
	readonly url: string
	reset(heads: ResetHeads): Promise<void>
	resetPreInterop(): Promise<void>
}

export interface NodeResetModules {
	readonly node: ResetNode
	readonly log: Logger
	/** Chooses heads within limits; undefined: the node resets by its own pre-interop rules. */
	readonly choose: (limits: ResetLimits) => Promise<ResetHeads | undefined>
	/** The call is on its way: what the node says from now on may be of its new state. */
	readonly sending: () => void
	/** The node has taken these heads. */
	readonly taken: (heads: ResetHeads | undefined) => void
	/** The call failed. */
	readonly failed: () => void
}

/**
 * Resets one node, however often that takes: a refused reset is tried again with other heads, deeper each time
 * (protocol notes, "Resets"), one that failed for another reason with heads chosen anew.
 */
export class NodeReset {
	readonly #modules: NodeResetModules
	/** Resets since the node's derivation led somewhere. */
	#inARow = 0
	/** Resets that were started. */
	started = 0
	/** The last few that were started, newest first. */
	last: readonly ResetReading[] = []
	/** Calls that the node refused. */
	readonly refused = new Map<ResetRefusal, number>(RESET_REFUSALS.map((refusal) => [refusal, 0]))

	constructor(modules: NodeResetModules) {
		this.#modules = modules
	}

	/** The last reset has led somewhere: the next one need not wait. */
	progressed(): void {
		this.#inARow = 0
	}

	/** Resolves when the node has taken a reset, or `signal` aborts. */
	async run(
		reason: string,
		signal: AbortSignal,
		{ toAnchor }: Pick<ResetLimits, 'toAnchor'> = {},
	): Promise<void> {
		const { log, node } = this.#modules
		this.started++
		this.last = [{ time: Math.floor(Date.now() / 1_000), reason }, ...this.last].slice(0, LAST_RESETS)
		log.warn({ node: node.url, reason }, 'resetting the node')
		const limits = new DeepeningLimits(toAnchor ?? false)
		while (!signal.aborted) {
			// Resets that lead nowhere must not become a storm. An aborted sleep is a disconnect: seen below.
			if (this.#inARow++ > 0) await sleep(backoffMs(this.#inARow), undefined, { signal }).catch(() => {})
			if (signal.aborted) return
			try {
				await this.#attempt(limits, signal)
				return
			} catch (error) {
				this.#modules.failed()
				if (!signal.aborted) this.#explain(error, limits)
			}
		}
	}

	async #attempt(limits: DeepeningLimits, signal: AbortSignal): Promise<void> {
		const { choose, log, node, sending } = this.#modules
		const heads = limits.isPreInterop ? undefined : await choose(limits.now)
		if (signal.aborted) return
		limits.tried(heads)
		sending()
		if (heads === undefined) await node.resetPreInterop()
		else await node.reset(heads)
		this.#modules.taken(heads)
		log.info(
			{
				node: node.url,
				...(heads && {
					localSafe: formatBlock(heads.localSafe),
					localUnsafe: formatBlock(heads.localUnsafe),
				}),
			},
			heads === undefined ? 'the node resets by its own pre-interop rules' : 'the node is reset',
		)
	}

	#explain(error: unknown, limits: DeepeningLimits): void {
		const { log, node } = this.#modules
		const refusal = refusalOf(error)
		if (refusal !== undefined) {
			this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1)
			limits.refused(refusal)
			log.warn({ node: node.url, refusal, err: error }, 'the node refused the reset, other heads are tried')
		} else if (error instanceof WrongAnchorError) {
			log.error({ node: node.url, err: error }, 'the node cannot be reset')
		} else {
			log.warn({ node: node.url, err: error }, 'the reset failed, it is tried again')
		}
	}
}

/** How the heads of the next attempt differ from those that the node has refused. */
class DeepeningLimits {
	readonly #toAnchor: boolean
	#refusals = 0
	#target: number | undefined
	#maxTarget: number | undefined
	#unsafe: NonNullable<ResetLimits['unsafe']> = 'ours'
	#isPreInterop = false

	constructor(toAnchor: boolean) {
		this.#toAnchor = toAnchor
	}

	get isPreInterop(): boolean {
		return this.#isPreInterop
	}

	get now(): ResetLimits {
		return {
			unsafe: this.#unsafe,
			toAnchor: this.#toAnchor,
			...(this.#maxTarget === undefined ? {} : { maxTarget: this.#maxTarget }),
		}
	}

	tried(heads: ResetHeads | undefined): void {
		this.#target = heads?.localSafe.number
	}

	refused(refusal: ResetRefusal): void {
		if (refusal === 'too deep') this.#unsafe = 'node'
		else if (refusal === 'before interop') this.#isPreInterop = true
		else this.#deepen(this.#refusals++)
	}

	/** The first time the chain may have moved since the heads were chosen; then the target goes down by 1, 2, 4, ... */
	#deepen(refusals: number): void {
		if (refusals === 0 || this.#target === undefined) return
		this.#unsafe = 'target'
		if (refusals > 1) this.#maxTarget = Math.max(0, this.#target - 2 ** (refusals - 2))
	}
}

/** op-node's answers to `interop_reset` (protocol notes, "Calls"); two of them it tells only in words. */
function refusalOf(error: unknown): ResetRefusal | undefined {
	if (!(error instanceof NodeRpcError)) return undefined
	if (error.code === -39001) return 'unknown block'
	if (error.code === -39002) return 'conflicting block'
	if (/too deep/i.test(error.reason)) return 'too deep'
	if (/not interop-enabled|before interop|pre-interop/i.test(error.reason)) return 'before interop'
	return undefined
}
