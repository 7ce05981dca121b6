import type { ChainId } from '../protocol/chain-id.js'
import { UINT64_MAX } from '../protocol/hex-uint64.js'

/** When interop starts on a chain. Times are seconds since 1970; a configuration may put them out of reach (uint64). */
export interface InteropSchedule {
	/** `null`: never. */
	readonly interopTime: number | bigint | null
	readonly blockTime: number | bigint
}

/** A chain at a time, which is uint64 because messages claim it freely. */
export interface ChainTime {
	readonly chainId: ChainId
	readonly timestamp: bigint
}

/** Why a message may not be executed. */
export type LinkFault =
	| 'unknown-chain'
	| 'interop-inactive'
	| 'activation-block'
	| 'initiated-after-execution'
	| 'expired'

export interface LinkCheckOptions {
	/** The dependency set. */
	readonly chains: ReadonlyMap<ChainId, InteropSchedule>
	/** Seconds for which a message can be executed, both ends included. */
	readonly messageExpiryWindow: number | bigint
}

/** Which chain may execute whose messages at what time (protocol notes, "Link check"). Pure: no store, no clock. */
export class LinkCheck {
	readonly #chains: ReadonlyMap<ChainId, InteropSchedule>
	readonly #window: bigint

	constructor(options: LinkCheckOptions) {
		this.#chains = options.chains
		this.#window = BigInt(options.messageExpiryWindow)
	}

	/** Is interop active on the chain? A chain outside of the dependency set never has it. */
	isInterop({ chainId, timestamp }: ChainTime): boolean {
		const chain = this.#chains.get(chainId)
		return chain !== undefined && isActive(chain, timestamp)
	}

	/** Is a block of that time the one with which interop starts? At genesis none is. */
	isActivationBlock({ chainId, timestamp }: ChainTime): boolean {
		const chain = this.#chains.get(chainId)
		return chain !== undefined && isActivation(chain, timestamp)
	}

	/**
	 * May a block of `executing` execute a message of `initiating`? With a `timeout` (seconds) also so much later,
	 * where sums stop at 2^64 - 1. Returns why not, `undefined` if it may.
	 */
	fault(executing: ChainTime, initiating: ChainTime, timeout = 0n): LinkFault | undefined {
		const now = this.#faultAt(executing, initiating)
		if (now !== undefined || timeout === 0n) return now
		const latest = saturatingAdd(executing.timestamp, timeout)
		return this.#faultAt({ chainId: executing.chainId, timestamp: latest }, initiating)
	}

	#faultAt(executing: ChainTime, initiating: ChainTime): LinkFault | undefined {
		const executor = this.#chains.get(executing.chainId)
		const initiator = this.#chains.get(initiating.chainId)
		if (executor === undefined || initiator === undefined) return 'unknown-chain'
		if (!isActive(executor, executing.timestamp) || !isActive(initiator, initiating.timestamp)) {
			return 'interop-inactive'
		}
		if (isActivation(executor, executing.timestamp) || isActivation(initiator, initiating.timestamp)) {
			return 'activation-block'
		}
		if (initiating.timestamp > executing.timestamp) return 'initiated-after-execution'
		if (saturatingAdd(initiating.timestamp, this.#window) < executing.timestamp) return 'expired'
		return undefined
	}
}

// A bigint and a number compare by value, so schedules need no conversion.

function isActive(chain: InteropSchedule, timestamp: bigint): boolean {
	return chain.interopTime !== null && timestamp >= chain.interopTime
}

function isActivation(chain: InteropSchedule, timestamp: bigint): boolean {
	return (
		isActive(chain, timestamp) &&
		timestamp >= chain.blockTime &&
		!isActive(chain, timestamp - BigInt(chain.blockTime))
	)
}

function saturatingAdd(a: bigint, b: bigint): bigint {
	const sum = a + b
	if (sum > UINT64_MAX) return UINT64_MAX
	return sum
}
