import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import {
	type ChainIdentity,
	compareIdentities,
	expectNoOtherFiles,
	FingerprintMismatchError,
	holdsStore,
	lockDirectory,
	SCHEMA_VERSION,
	storedIdentities,
} from '../storage/index.js'
import { SyncEndpointError } from './errors.js'
import { ChunkMismatchError, fetchFile, wholeChunks } from './fetch-file.js'
import { IncomingSnapshot } from './incoming.js'
import { type SnapshotManifest, snapshotBytes } from './manifest.js'
import { EndpointUnavailableError, SnapshotClient, SnapshotGoneError } from './snapshot-client.js'

export interface FetchSnapshotOptions {
	/** Base URL of a Vigil that serves its snapshot, or of anything else that serves the files of one. */
	readonly endpoint: string
	/** The data directory. */
	readonly directory: string
	/** The chains of the configuration, which must be those of the snapshot. */
	readonly chains: readonly ChainIdentity[]
	/** Pause before the second attempt; doubled up to 30 s. */
	readonly firstPauseMs?: number
}

export interface FetchSnapshotModules {
	readonly log: Logger
	readonly signal: AbortSignal
}

/** Failures in a row, without a chunk between them, after which the process gives up: some three minutes. */
const MAX_FAILURES = 12
/** So long without a byte, because a snapshot is being made or others are served, and it gives up, too. */
const MAX_WAIT_MS = 2 * 3_600_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
const PROGRESS_MS = 5_000

/**
 * Fills an empty data directory with another Vigil's snapshot. A directory with a store is left as it is. What was
 * fetched before a stop or crash is used; every byte is checked before the store is put into its place.
 * @throws SyncEndpointError if there is nothing to be had from the endpoint, DataDirectoryError,
 * DataDirectoryInUseError; the signal's reason
 */
export async function fetchSnapshot(
	options: FetchSnapshotOptions,
	modules: FetchSnapshotModules,
): Promise<void> {
	const { directory } = options
	const { log } = modules
	const incoming = new IncomingSnapshot(directory)
	if (holdsStore(directory)) {
		log.info({ datadir: directory }, 'the data directory holds a store: no snapshot is fetched')
		return
	}
	const lock = await lockDirectory(directory)
	try {
		const begun = await incoming.begun()
		if (begun === undefined || !(await incoming.isVerified())) {
			expectNoOtherFiles(directory)
			const manifest = await new Fetch(options, modules, incoming).run(begun)
			await incoming.finish(manifest)
		} else await incoming.finish(begun)
		log.info({ datadir: directory }, 'the data directory holds the snapshot now')
	} finally {
		lock.release()
	}
}

/** One fetch, with its retries. */
class Fetch {
	readonly #client: SnapshotClient
	readonly #waits: RateLimitedLog
	#failures = 0
	#progressAt = performance.now()
	#done = 0
	#fetched = 0
	#started = performance.now()
	#told = performance.now()

	constructor(
		private readonly options: FetchSnapshotOptions,
		private readonly modules: FetchSnapshotModules,
		private readonly incoming: IncomingSnapshot,
	) {
		this.#client = new SnapshotClient(options.endpoint, modules.signal)
		this.#waits = new RateLimitedLog({}, modules)
	}

	/** Resolves when all files are there and whole. */
	async run(begun: SnapshotManifest | undefined): Promise<SnapshotManifest> {
		let manifest = begun !== undefined && this.#fault(begun) === undefined ? begun : undefined
		for (;;) {
			try {
				if (manifest === undefined) {
					manifest = await this.#client.manifest()
					const fault = this.#fault(manifest)
					if (fault !== undefined) throw new SyncEndpointError(this.options.endpoint, fault)
					await this.incoming.begin(manifest)
				}
				await this.#files(manifest)
				return manifest
			} catch (error) {
				manifest = await this.#afterFailure(error, manifest)
			}
		}
	}

	/** Why a snapshot is not of this cluster and this schema; undefined if it is. */
	#fault({ schema, chains, vigil }: SnapshotManifest): string | undefined {
		if (schema !== SCHEMA_VERSION)
			return `its snapshot has schema version ${schema} (Vigil ${vigil}), this Vigil knows ${SCHEMA_VERSION}: run the same version`
		try {
			compareIdentities('', chains, storedIdentities(this.options.chains))
			return undefined
		} catch (error) {
			if (!(error instanceof FingerprintMismatchError)) throw error
			const { chainId, field, stored, configured } = error
			return `its snapshot is of another cluster: chain ${chainId}, ${field} is ${stored} there and ${configured} in the configuration`
		}
	}

	async #files(manifest: SnapshotManifest): Promise<void> {
		const { log, signal } = this.modules
		const { chunkBytes } = manifest
		const total = snapshotBytes(manifest)
		this.#done = 0
		log.info(
			{ url: this.options.endpoint, snapshot: manifest.id, created: manifest.created, bytes: total },
			'the data directory is empty: a snapshot is fetched',
		)
		for (const file of manifest.files) {
			const path = this.incoming.path(file.name)
			const whole = await wholeChunks(path, file, chunkBytes, signal)
			this.#done += Math.min(whole * chunkBytes, file.bytes)
			if (whole === file.chunks.length && file.bytes > 0) continue
			await fetchFile(this.#client, path, file, { from: whole, chunkBytes }, (bytes) => {
				this.#failures = 0
				this.#progressAt = performance.now()
				this.#done += bytes
				this.#fetched += bytes
				this.#tell(total)
			})
		}
	}

	#tell(total: number): void {
		const now = performance.now()
		if (now - this.#told < PROGRESS_MS) return
		this.#told = now
		const mbPerS = Math.round(this.#fetched / 1_000 / (now - this.#started))
		const percent = Math.floor((this.#done / total) * 100)
		this.modules.log.info({ percent, bytes: this.#done, total, mbPerS }, 'a snapshot is fetched')
	}

	/** Waits and says with which manifest to go on; undefined: with the one that the endpoint has then. */
	async #afterFailure(
		error: unknown,
		manifest: SnapshotManifest | undefined,
	): Promise<SnapshotManifest | undefined> {
		const { signal } = this.modules
		signal.throwIfAborted()
		const isGone = error instanceof SnapshotGoneError || error instanceof ChunkMismatchError
		if (!isGone && !(error instanceof EndpointUnavailableError)) throw error
		const isMade = error instanceof EndpointUnavailableError && error.retryMs !== undefined
		if (!isMade) this.#failures++
		if (this.#failures >= MAX_FAILURES || performance.now() - this.#progressAt > MAX_WAIT_MS)
			throw new SyncEndpointError(
				this.options.endpoint,
				`given up (${error.message}); what has come is kept, start Vigil again to go on`,
				{ cause: error },
			)
		const first = this.options.firstPauseMs ?? FIRST_PAUSE_MS
		const pause = Math.min(isMade ? (error.retryMs ?? first) : first * 2 ** this.#failures, LONGEST_PAUSE_MS)
		const fields = { url: this.options.endpoint, reason: error.message, pauseMs: pause }
		this.#waits.log('warn', error.message, fields, 'the snapshot is waited for')
		await sleep(pause, undefined, { signal })
		// The endpoint may have another snapshot by now: that one is begun, unless it is the same.
		return isGone ? this.#newer(manifest) : manifest
	}

	async #newer(manifest: SnapshotManifest | undefined): Promise<SnapshotManifest | undefined> {
		try {
			const now = await this.#client.manifest()
			return now.id === manifest?.id ? manifest : undefined
		} catch (error) {
			if (error instanceof EndpointUnavailableError) return manifest
			throw error
		}
	}
}
