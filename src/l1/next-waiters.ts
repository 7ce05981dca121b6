import type { BlockRef } from '../protocol/block.js'

interface Waiter {
	readonly resolve: (block: BlockRef) => void
	readonly reject: (reason: unknown) => void
	readonly dispose: () => void
}

/** Those who wait for an L1 block, by its number. */
export class NextWaiters {
	readonly #waiting = new Map<number, Set<Waiter>>()

	/** Numbers that somebody waits for. */
	numbers(): number[] {
		return [...this.#waiting.keys()]
	}

	get size(): number {
		let size = 0
		for (const waiters of this.#waiting.values()) size += waiters.size
		return size
	}

	/** Resolves when `serve` is called for `number`; rejects with the signal's reason, and is forgotten then. */
	wait(number: number, signal: AbortSignal | undefined): Promise<BlockRef> {
		return new Promise((resolve, reject) => {
			const onAbort = () => {
				this.#forget(number, waiter)
				reject(signal?.reason)
			}
			const dispose = () => signal?.removeEventListener('abort', onAbort)
			const waiter: Waiter = { resolve, reject, dispose }
			signal?.addEventListener('abort', onAbort, { once: true })
			const waiters = this.#waiting.get(number)
			if (waiters === undefined) this.#waiting.set(number, new Set([waiter]))
			else waiters.add(waiter)
		})
	}

	serve(block: BlockRef): void {
		const waiters = this.#waiting.get(block.number)
		if (waiters === undefined) return
		this.#waiting.delete(block.number)
		for (const waiter of waiters) {
			waiter.dispose()
			waiter.resolve(block)
		}
	}

	rejectAll(reason: Error): void {
		const all = [...this.#waiting.values()]
		this.#waiting.clear()
		for (const waiters of all) {
			for (const waiter of waiters) {
				waiter.dispose()
				waiter.reject(reason)
			}
		}
	}

	#forget(number: number, waiter: Waiter): void {
		const waiters = this.#waiting.get(number)
		waiters?.delete(waiter)
		if (waiters?.size === 0) this.#waiting.delete(number)
	}
}
