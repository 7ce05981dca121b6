import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import type { BlockRef, DerivedBlockRefPair } from '../protocol/block.js'
import { type LinkBatch, StorageWriteError } from '../storage/index.js'
import { CommitBudget } from './commit-budget.js'
import type { L1View } from './l1-view.js'

export interface LinkWriterModules {
	readonly log: Logger
	readonly l1: L1View
	readonly append: (batch: LinkBatch) => Promise<void>
	/** Rows are on disk: heads may be told. */
	readonly onCommitted: () => void
	/** The store refuses links that were judged to fit: a contradiction that stops the chain. */
	readonly onRefused: (error: unknown) => void
}

/**
 * Links that may wait for the disk. Beyond it the chain's events wait as well, so that a disk that stands still
 * costs bounded memory. 4,096 links are minutes of catching up over a slow disk.
 */
const MAX_STAGED_LINKS = 4096

/** Links of one transaction, which runs on main's event loop: some 20 us each. */
const MAX_BATCH_LINKS = 256

interface Staged {
	links: DerivedBlockRefPair[]
	complete: Set<number>
	origin: BlockRef | undefined
}

/**
 * Writes the links of one chain behind the event loop: while one transaction waits for the disk, further links are
 * staged, and the next transaction takes all of them. A crash loses what is staged; nodes are then walked again
 * from the last link that was stored.
 */
export class LinkWriter {
	readonly #log: Logger
	readonly #modules: LinkWriterModules
	#staged = nothing()
	/** Local-safe blocks that are not stored yet. */
	readonly #blocks = new Map<number, BlockRef>()
	#flushing: Promise<void> | undefined
	readonly #budget = new CommitBudget()
	/** Whoever waits for room. */
	#waiting: (() => void)[] = []
	readonly #closing = new AbortController()

	constructor(modules: LinkWriterModules) {
		this.#log = modules.log
		this.#modules = modules
	}

	/** A local-safe block that is not stored yet. */
	block(number: number): BlockRef | undefined {
		return this.#blocks.get(number)
	}

	/** The next link of the chain. The source before it is complete with it, if it is left. */
	link(link: DerivedBlockRefPair): void {
		this.#staged.links.push(link)
		this.#blocks.set(link.derived.number, link.derived)
		this.#start()
	}

	/** The chain has derived everything that it will derive from this L1 block. */
	complete(source: number): void {
		this.#staged.complete.add(source)
		this.#start()
	}

	/** The node's derivation stands at this L1 block. */
	origin(origin: BlockRef): void {
		this.#staged.origin = origin
		this.#start()
	}

	/** Links that wait for the disk. */
	get staged(): number {
		return this.#staged.links.length
	}

	/** Resolves when there is room for more links. */
	async room(): Promise<void> {
		while (this.#staged.links.length > MAX_STAGED_LINKS && !this.#closing.signal.aborted) {
			await new Promise<void>((resolve) => this.#waiting.push(resolve))
		}
	}

	/** Resolves when all that was staged so far is on disk (or given up on close). */
	async flush(): Promise<void> {
		while (this.#flushing !== undefined) await this.#flushing
	}

	/** Tries once more to write what is staged, then ends. */
	async close(): Promise<void> {
		this.#closing.abort()
		this.#look()
		await this.flush()
	}

	#start(): void {
		this.#flushing ??= this.#run()
	}

	async #run(): Promise<void> {
		// What a node derives from one L1 block comes in one burst, and each transaction waits for the disk.
		await setImmediate()
		const { signal } = this.#closing
		try {
			for (let attempt = 0; !isNothing(this.#staged); ) {
				const waitMs = signal.aborted ? 0 : this.#budget.take()
				if (waitMs > 0) {
					await sleep(waitMs, undefined, { signal }).catch(() => {})
					continue
				}
				if (await this.#writeStaged()) attempt = 0
				else if (signal.aborted) return
				// A close ends the pause, not the attempt that comes after it.
				else await sleep(backoffMs(++attempt), undefined, { signal }).catch(() => {})
			}
		} catch (error) {
			this.#staged = nothing()
			this.#modules.onRefused(error)
		} finally {
			this.#flushing = undefined
			this.#look()
		}
	}

	/** Perhaps there is room now. */
	#look(): void {
		for (const look of this.#waiting.splice(0)) look()
	}

	/** What the next transaction writes. A source is complete only with the last of its links. */
	#takeBatch(): Staged {
		const { links, complete, origin } = this.#staged
		const last = links[MAX_BATCH_LINKS - 1]
		if (last === undefined || links.length === MAX_BATCH_LINKS) {
			this.#staged = nothing()
			return { links, complete, origin }
		}
		const isDone = (source: number) => source < last.source.number
		this.#staged = {
			links: links.slice(MAX_BATCH_LINKS),
			complete: new Set([...complete].filter((source) => !isDone(source))),
			origin,
		}
		return {
			links: links.slice(0, MAX_BATCH_LINKS),
			complete: new Set([...complete].filter(isDone)),
			origin: undefined,
		}
	}

	/** One transaction. False if the disk failed: everything is kept. */
	async #writeStaged(): Promise<boolean> {
		const { links, complete, origin } = this.#takeBatch()
		this.#look()
		const highest = links.at(-1)?.source.number ?? -1
		const l1 = this.#modules.l1.pending.filter((row) => row.number <= highest)
		try {
			await this.#modules.append({
				l1,
				links,
				complete: [...complete],
				...(origin === undefined ? {} : { derivationOrigin: origin }),
			})
		} catch (error) {
			if (!(error instanceof StorageWriteError)) throw error
			this.#log.error({ err: error }, 'local-safe links cannot be written; they are kept and tried again')
			const later = this.#staged
			this.#staged = {
				links: [...links, ...later.links],
				complete: new Set([...complete, ...later.complete]),
				origin: later.origin ?? origin,
			}
			return false
		}
		this.#modules.l1.committed(l1)
		for (const { derived } of links) {
			if (this.#blocks.get(derived.number)?.hash === derived.hash) this.#blocks.delete(derived.number)
		}
		this.#modules.onCommitted()
		return true
	}
}

function nothing(): Staged {
	return { links: [], complete: new Set(), origin: undefined }
}

function isNothing({ links, complete, origin }: Staged): boolean {
	return links.length === 0 && complete.size === 0 && origin === undefined
}
