import { type BlockId, formatBlock, sameBlock } from '../src/protocol/block.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import { FutureDataError } from '../src/protocol/errors.js'
import type { RecordedHeads } from '../src/recording/recording.js'
import type { Supervisor } from '../src/supervisor/supervisor.js'

export interface HeadTimes {
	/** process.hrtime when the last chain reached its head. */
	readonly localUnsafeNs: bigint
	readonly localSafeNs: bigint
}

/** A head that was to be reached. */
interface Wanted {
	readonly block: BlockId
	reached: BlockId | undefined
}

/** Watches a supervisor until all its chains have reached the heads that they must end at. */
export class HeadWatch {
	readonly #unsafe = new Map<ChainId, Wanted>()
	readonly #safe = new Map<ChainId, Wanted>()
	#localUnsafeNs: bigint | undefined
	#localSafeNs: bigint | undefined
	readonly #done: Promise<HeadTimes>

	constructor(supervisor: Supervisor, heads: ReadonlyMap<ChainId, RecordedHeads>, timeoutMs: number) {
		for (const [chainId, { localUnsafe, localSafe }] of heads) {
			if (localUnsafe !== undefined) this.#unsafe.set(chainId, { block: localUnsafe, reached: undefined })
			if (localSafe !== undefined) this.#safe.set(chainId, { block: localSafe.derived, reached: undefined })
		}
		this.#done = new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => reject(new Error(`not all heads were reached in time:\n${this.#missing()}`)),
				timeoutMs,
			)
			const look = () => {
				if (isReached(this.#unsafe)) this.#localUnsafeNs ??= process.hrtime.bigint()
				if (isReached(this.#safe)) this.#localSafeNs ??= process.hrtime.bigint()
				if (this.#localUnsafeNs === undefined || this.#localSafeNs === undefined) return
				clearTimeout(timer)
				resolve({ localUnsafeNs: this.#localUnsafeNs, localSafeNs: this.#localSafeNs })
			}
			supervisor.on('sealed', (chainId, head) => {
				reach(this.#unsafe, chainId, head)
				look()
			})
			supervisor.on('localSafe', (chainId, { derived }) => {
				reach(this.#safe, chainId, derived)
				look()
			})
			// What was reached before anybody listened.
			for (const chainId of heads.keys()) {
				reach(
					this.#unsafe,
					chainId,
					ifKnown(() => supervisor.reader.localUnsafe(chainId)),
				)
				reach(
					this.#safe,
					chainId,
					ifKnown(() => supervisor.reader.localSafe(chainId).derived),
				)
			}
			look()
			supervisor.on('chainStopped', (chainId, error) => {
				clearTimeout(timer)
				reject(new Error(`chain ${chainId} stopped`, { cause: error }))
			})
		})
		this.#done.catch(() => {}) // Awaited later.
	}

	/** Resolves when all heads are reached. @throws Error that names those that were not. */
	get done(): Promise<HeadTimes> {
		return this.#done
	}

	#missing(): string {
		const lines: string[] = []
		for (const [level, heads] of [
			['local-unsafe', this.#unsafe],
			['local-safe', this.#safe],
		] as const) {
			for (const [chainId, { block, reached }] of heads) {
				if (reached !== undefined && sameBlock(reached, block)) continue
				const stands = reached === undefined ? 'nothing' : formatBlock(reached)
				lines.push(`chain ${chainId}: ${level} is ${stands}, expected ${formatBlock(block)}`)
			}
		}
		return lines.join('\n')
	}
}

function reach(heads: Map<ChainId, Wanted>, chainId: ChainId, block: BlockId | undefined): void {
	const wanted = heads.get(chainId)
	if (wanted !== undefined && block !== undefined) wanted.reached = block
}

function ifKnown(read: () => BlockId): BlockId | undefined {
	try {
		return read()
	} catch (error) {
		// A chain without a block yet; it will be watched.
		if (error instanceof FutureDataError) return undefined
		throw error
	}
}

function isReached(heads: Map<ChainId, Wanted>): boolean {
	for (const { block, reached } of heads.values()) {
		if (reached === undefined || !sameBlock(reached, block)) return false
	}
	return true
}
