import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { MANIFEST_FILE, parseManifest, type SnapshotManifest } from './manifest.js'

/** Folder of a data directory with the snapshot that is served. */
const FOLDER = 'snapshot'
const NEXT_FOLDER = 'snapshot-next'

/** A download that makes a pause of this long has ended: the next one may get a newer snapshot. */
const IN_USE_MS = 60_000
/** After a failure, which is likely to come again. */
const RETRY_MS = 60_000

export interface CurrentSnapshotOptions {
	readonly datadir: string
	/** An older snapshot is made anew when it is asked for. */
	readonly maxAgeMs: number
}

export interface CurrentSnapshotModules {
	readonly log: Logger
	/** Makes a snapshot in the directory, which does not exist. Rejects with the reason. */
	make(directory: string, signal: AbortSignal): Promise<void>
}

export type SnapshotState =
	| { readonly kind: 'ready'; readonly text: string }
	| { readonly kind: 'making' | 'failed' }

/**
 * The one snapshot in a data directory that others can fetch. It is made when it is asked for, and kept, over
 * restarts too, until it is asked for again when it is old; then there are two for the time of the making.
 */
export class CurrentSnapshot {
	readonly directory: string
	readonly #next: string
	readonly #stop = new AbortController()
	#manifest: SnapshotManifest | undefined
	#text = ''
	#making: Promise<void> | undefined
	#loading: Promise<void> | undefined
	#failedAt = Number.NEGATIVE_INFINITY
	#users = 0
	#lastUsed = Number.NEGATIVE_INFINITY

	constructor(
		private readonly options: CurrentSnapshotOptions,
		private readonly modules: CurrentSnapshotModules,
	) {
		this.directory = join(options.datadir, FOLDER)
		this.#next = join(options.datadir, NEXT_FOLDER)
	}

	/** Of what is served now. */
	get manifest(): SnapshotManifest | undefined {
		return this.#manifest
	}

	/** The manifest for someone who begins to fetch; has a snapshot made if there is none, or only an old one. */
	async refresh(): Promise<SnapshotState> {
		this.#loading ??= this.#load()
		await this.#loading
		if (this.#manifest !== undefined && (this.#isFresh() || this.#isInUse())) return this.#ready()
		if (
			this.#making === undefined &&
			performance.now() - this.#failedAt > RETRY_MS &&
			!this.#stop.signal.aborted
		)
			this.#making = this.#make().finally(() => {
				this.#making = undefined
			})
		return { kind: this.#making === undefined ? 'failed' : 'making' }
	}

	/** Keeps the snapshot for a download. Returns what to call at its end. */
	use(): () => void {
		this.#users++
		return () => {
			this.#users--
			this.#lastUsed = performance.now()
		}
	}

	/** Ends the making of a snapshot. */
	async close(): Promise<void> {
		this.#stop.abort()
		await this.#making
	}

	#ready(): SnapshotState {
		// Who reads the manifest is about to read the files.
		this.#lastUsed = performance.now()
		return { kind: 'ready', text: this.#text }
	}

	#isFresh(): boolean {
		return Date.now() - Date.parse(this.#manifest?.created ?? '') < this.options.maxAgeMs
	}

	#isInUse(): boolean {
		return this.#users > 0 || performance.now() - this.#lastUsed < IN_USE_MS
	}

	/** Takes up what an earlier run has made. */
	async #load(): Promise<void> {
		try {
			this.#text = await readFile(join(this.directory, MANIFEST_FILE), 'utf8')
			this.#manifest = parseManifest(this.#text)
		} catch {
			// None, or one of another version: a new one is made.
			this.#manifest = undefined
		}
	}

	async #make(): Promise<void> {
		const { log, make } = this.modules
		try {
			log.info('a snapshot is being made, because it was asked for')
			await rm(this.#next, { recursive: true, force: true })
			await make(this.#next, this.#stop.signal)
			this.#manifest = undefined
			await rm(this.directory, { recursive: true, force: true })
			await rename(this.#next, this.directory)
			await this.#load()
			// However old it is by now: whoever waits for it gets it.
			this.#lastUsed = performance.now()
			log.info({ snapshot: this.manifest?.id }, 'the snapshot is ready')
		} catch (error) {
			await rm(`${this.#next}.partial`, { recursive: true, force: true })
			if (this.#stop.signal.aborted) return
			this.#failedAt = performance.now()
			log.error({ err: error }, 'no snapshot can be made')
		}
	}
}
