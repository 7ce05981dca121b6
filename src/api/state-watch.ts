import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import {
	type ClusterChange,
	type ClusterState,
	changesBetween,
	invalidationsBetween,
	type KnownInvalidation,
} from './cluster-change.js'
import type { SupervisorReader } from './supervisor-reader.js'

/** How old news can be. A look costs some 20 us a chain. */
const INTERVAL_MS = 20

/**
 * Finds changes by looking at the store, while anybody listens. So a process that only reads tells the same as the one
 * that writes, and what changes several times between two looks is told once.
 */
export class StateWatch {
	readonly #reader: Pick<SupervisorReader, 'state' | 'invalidations'>
	readonly #listeners = new Set<(changes: readonly ClusterChange[]) => void>()
	readonly #faults: RateLimitedLog
	#timer: NodeJS.Timeout | undefined
	#state: ClusterState | undefined
	#invalidations: readonly KnownInvalidation[] = []

	constructor(modules: {
		readonly reader: Pick<SupervisorReader, 'state' | 'invalidations'>
		readonly log: Logger
	}) {
		this.#reader = modules.reader
		this.#faults = new RateLimitedLog({}, modules)
	}

	/** Calls `listener` with all that changes from now on. Returns what is now, told as changes from nothing. */
	listen(listener: (changes: readonly ClusterChange[]) => void): readonly ClusterChange[] {
		// Those who listen already hear of what happened since the last look before the newcomer joins.
		this.#look()
		this.#listeners.add(listener)
		this.#timer ??= setInterval(() => this.#look(), INTERVAL_MS)
		if (this.#state === undefined) return []
		const pending = this.#invalidations.filter(({ state }) => state === 'invalid')
		return [...changesBetween(undefined, this.#state), ...invalidationsBetween([], pending)]
	}

	forget(listener: (changes: readonly ClusterChange[]) => void): void {
		this.#listeners.delete(listener)
		if (this.#listeners.size > 0) return
		clearInterval(this.#timer)
		this.#timer = undefined
	}

	#look(): void {
		try {
			const state = this.#reader.state()
			const isNew = state.generation !== this.#state?.generation
			const invalidations = isNew ? this.#reader.invalidations() : this.#invalidations
			const changes = [
				...changesBetween(this.#state, state),
				...invalidationsBetween(this.#invalidations, invalidations),
			]
			this.#state = state
			this.#invalidations = invalidations
			if (changes.length > 0) for (const listener of this.#listeners) listener(changes)
		} catch (error) {
			// The next look tells what this one missed.
			this.#faults.log('error', 'look', { err: error }, 'subscribers cannot be told of changes')
		}
	}
}
