import { SyncEndpointError } from './errors.js'
import { MANIFEST_FILE, parseManifest, type SnapshotManifest } from './manifest.js'
import { SNAPSHOT_PATH } from './snapshot-server.js'

/** Without a byte for this long, a request is given up. */
const STALL_MS = 30_000
/** A checksum for 16 MB has 70 bytes: enough for 10 TB. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024
/** Of what an endpoint says that is no snapshot, to find out what it is. */
const MAX_PROBE_BYTES = 64 * 1024

/** The endpoint cannot be asked now, or only in part; it may be tried again. */
export class EndpointUnavailableError extends Error {
	constructor(
		reason: string,
		/** It said when to come again, in milliseconds. */
		readonly retryMs: number | undefined,
		options?: ErrorOptions,
	) {
		super(reason, options)
		this.name = 'EndpointUnavailableError'
	}
}

/** The snapshot has no such file, or no such bytes of it (any more). */
export class SnapshotGoneError extends Error {
	constructor(name: string, status: number) {
		super(`${name} is not there any more (HTTP ${status})`)
		this.name = 'SnapshotGoneError'
	}
}

/** Asks one endpoint, each call once. All end when `signal` aborts, with its reason. */
export class SnapshotClient {
	constructor(
		private readonly endpoint: string,
		private readonly signal: AbortSignal,
		private readonly stallMs = STALL_MS,
	) {}

	/**
	 * The manifest of the snapshot that the endpoint has now.
	 * @throws EndpointUnavailableError while it is being made; SyncEndpointError if the endpoint has none to give.
	 */
	async manifest(): Promise<SnapshotManifest> {
		const { response, pieces } = await this.#get(MANIFEST_FILE)
		const text = await wholeText(pieces, MAX_MANIFEST_BYTES)
		if (response.status === 202 || response.status >= 500 || response.status === 429)
			throw new EndpointUnavailableError(`HTTP ${response.status}`, retryAfterMs(response))
		if (response.status === 200) {
			try {
				return parseManifest(text)
			} catch {
				// Something else answers under that path; below it is found out what.
			}
		}
		throw new SyncEndpointError(this.endpoint, await this.#whatElse())
	}

	/**
	 * The bytes of a file from `start` on, in pieces.
	 * @throws EndpointUnavailableError, SnapshotGoneError
	 */
	async *bytes(name: string, start: number): AsyncGenerator<Uint8Array> {
		const { response, pieces } = await this.#get(name, { range: `bytes=${start}-` })
		if (response.status === 206 || (response.status === 200 && start === 0)) {
			yield* pieces
			return
		}
		await wholeText(pieces, MAX_PROBE_BYTES)
		if (response.status === 404 || response.status === 410 || response.status === 416)
			throw new SnapshotGoneError(name, response.status)
		throw new EndpointUnavailableError(`HTTP ${response.status} for ${name}`, retryAfterMs(response))
	}

	/** Why there is no snapshot, in words that say what to do. */
	async #whatElse(): Promise<string> {
		const health = await this.#probe('healthz')
		if (/"status"\s*:\s*"ok"/.test(health))
			return 'this Vigil serves no snapshot: start it with --snapshot.serve'
		const rpc = await this.#probe('', {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'supervisor_syncStatus', params: [] }),
		})
		if (/"jsonrpc"/.test(rpc))
			return (
				'this is an op-supervisor or another JSON-RPC server, whose database Vigil cannot read: give the URL of ' +
				'a Vigil that runs with --snapshot.serve, or leave the setting out and have the data indexed from the nodes'
			)
		return `there is no snapshot of a Vigil at ${SNAPSHOT_PATH}${MANIFEST_FILE}`
	}

	async #probe(path: string, init: RequestInit = {}): Promise<string> {
		try {
			const { pieces } = await this.#request(new URL(path, withSlash(this.endpoint)), init)
			return await wholeText(pieces, MAX_PROBE_BYTES)
		} catch (error) {
			if (this.signal.aborted) throw error
			// It says nothing: that is an answer, too.
			return ''
		}
	}

	#get(name: string, headers: Readonly<Record<string, string>> = {}) {
		const url = new URL(`.${SNAPSHOT_PATH}${name}`, withSlash(this.endpoint))
		return this.#request(url, { headers })
	}

	/** `pieces` must be read, or begun and left: what is asked holds a timer, and a connection, until then. */
	async #request(
		url: URL,
		init: RequestInit,
	): Promise<{ response: Response; pieces: AsyncGenerator<Uint8Array> }> {
		const stall = new AbortController()
		let timer: NodeJS.Timeout | undefined
		const alive = () => {
			clearTimeout(timer)
			timer = setTimeout(() => stall.abort(), this.stallMs)
		}
		const failed = (error: unknown): Error => {
			clearTimeout(timer)
			if (this.signal.aborted) return this.signal.reason as Error
			const reason = stall.signal.aborted ? `silent for ${this.stallMs} ms` : reasonOf(error)
			return new EndpointUnavailableError(reason, undefined, { cause: error })
		}
		alive()
		try {
			const signal = AbortSignal.any([this.signal, stall.signal])
			const response = await fetch(url, { ...init, signal })
			return { response, pieces: pieces(response) }
		} catch (error) {
			throw failed(error)
		}

		async function* pieces({ body }: Response): AsyncGenerator<Uint8Array> {
			try {
				for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
					alive()
					yield piece
				}
			} catch (error) {
				throw failed(error)
			} finally {
				clearTimeout(timer)
			}
		}
	}
}

async function wholeText(pieces: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
	const all: Uint8Array[] = []
	let size = 0
	for await (const piece of pieces) {
		size += piece.length
		if (size > limit) break
		all.push(piece)
	}
	return Buffer.concat(all).toString('utf8')
}

function withSlash(endpoint: string): string {
	return endpoint.endsWith('/') ? endpoint : `${endpoint}/`
}

function retryAfterMs(response: Response): number | undefined {
	const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
	return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined
}

/** fetch hides what went wrong in a chain of causes. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error)
	return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}
