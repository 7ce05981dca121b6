import { formatBlock, sameBlock } from '../src/protocol/block.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import { FutureDataError } from '../src/protocol/errors.js'
import type { ChainSyncStatus } from '../src/protocol/sync-status.js'
import type { RecordedHeads } from '../src/recording/recording.js'
import type { Supervisor } from '../src/supervisor/supervisor.js'
import { LEVEL_NAMES, LEVELS, type Level } from './levels.js'

/** process.hrtime when the last chain reached its head of the level. */
export type HeadTimes = { readonly [L in Level]: bigint }

/** Watches a supervisor until all its chains have reached the heads that they must end at. */
export class HeadWatch {
	readonly #supervisor: Supervisor
	readonly #heads: ReadonlyMap<ChainId, RecordedHeads>
	readonly #times: { [L in Level]?: bigint } = {}
	/** Resolves when all heads are reached. Rejects with an Error that names those that were not. */
	readonly done: Promise<HeadTimes>

	constructor(supervisor: Supervisor, heads: ReadonlyMap<ChainId, RecordedHeads>, timeoutMs: number) {
		this.#supervisor = supervisor
		this.#heads = heads
		this.done = new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => reject(new Error(`not all heads were reached in time:\n${this.#missing()}`)),
				timeoutMs,
			)
			const look = () => {
				const times = this.#look()
				if (times === undefined) return
				clearTimeout(timer)
				resolve(times)
			}
			supervisor.on('sealed', look).on('localSafe', look).on('promoted', look)
			supervisor.on('chainStopped', (chainId, error) => {
				clearTimeout(timer)
				reject(new Error(`chain ${chainId} stopped`, { cause: error }))
			})
			look() // What was reached before anybody listened.
		})
		this.done.catch(() => {}) // Awaited later.
	}

	/** Notes the levels that are reached now; all times once all are. */
	#look(): HeadTimes | undefined {
		const status = this.#status()
		for (const level of LEVEL_NAMES) {
			if (this.#times[level] !== undefined) continue
			const { expected, reached } = LEVELS[level]
			const isReached = [...this.#heads].every(([chainId, heads]) => {
				const head = expected(heads)
				const at = status?.get(chainId)?.[reached]
				return head === undefined || (at !== undefined && sameBlock(at, head))
			})
			if (isReached) this.#times[level] = process.hrtime.bigint()
		}
		const { localUnsafe, localSafe, crossUnsafe, crossSafe } = this.#times
		if (localUnsafe === undefined || localSafe === undefined) return undefined
		if (crossUnsafe === undefined || crossSafe === undefined) return undefined
		return { localUnsafe, localSafe, crossUnsafe, crossSafe }
	}

	#status(): ReadonlyMap<ChainId, ChainSyncStatus> | undefined {
		try {
			return this.#supervisor.reader.syncStatus().chains
		} catch (error) {
			if (error instanceof FutureDataError) return undefined // No chain has a block yet.
			throw error
		}
	}

	#missing(): string {
		const status = this.#status()
		const lines: string[] = []
		for (const level of LEVEL_NAMES) {
			for (const [chainId, heads] of this.#heads) {
				const head = LEVELS[level].expected(heads)
				const at = status?.get(chainId)?.[LEVELS[level].reached]
				if (head === undefined || (at !== undefined && sameBlock(at, head))) continue
				const stands = at === undefined ? 'nothing' : formatBlock(at)
				lines.push(`chain ${chainId}: ${level} is ${stands}, expected ${formatBlock(head)}`)
			}
		}
		return lines.join('\n')
	}
}
