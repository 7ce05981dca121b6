import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { byteRange } from './byte-range.js'
import type { CurrentSnapshot } from './current-snapshot.js'
import { MANIFEST_FILE } from './manifest.js'

/** Where a snapshot is served, with the name of its file behind it. */
export const SNAPSHOT_PATH = '/snapshot/'

/** Each reads the disk and holds a buffer of 64 KB; more clients are told to come again. */
const MAX_DOWNLOADS = 4
const RETRY_SECONDS = '1'

/**
 * Serves the files of the current snapshot: `GET /snapshot/manifest.json`, which has one made if there is none or it
 * is old (202 until it is there), and then the files that it names, whole or from a byte on.
 */
export class SnapshotServer {
	#downloads = 0

	constructor(private readonly current: CurrentSnapshot) {}

	/** Answers a request whose path begins with `SNAPSHOT_PATH`. Never rejects. */
	async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		try {
			await this.#answer(request, response)
		} catch {
			// The client has gone, or the file could not be read: it will ask again for the rest.
			response.destroy()
		}
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const name = (request.url ?? '').slice(SNAPSHOT_PATH.length)
		if (request.method !== 'GET') return refuse(response, 405, 'use GET', { allow: 'GET' })
		if (name === MANIFEST_FILE) return this.#manifest(response)
		const file = this.current.manifest?.files.find((known) => known.name === name)
		if (file === undefined) return refuse(response, 404, `see ${SNAPSHOT_PATH}${MANIFEST_FILE}`)
		if (this.#downloads >= MAX_DOWNLOADS)
			return refuse(response, 503, 'too many downloads', { 'retry-after': RETRY_SECONDS })
		this.#downloads++
		const release = this.current.use()
		try {
			await send(join(this.current.directory, name), request, response)
		} finally {
			release()
			this.#downloads--
		}
	}

	async #manifest(response: ServerResponse): Promise<void> {
		const state = await this.current.refresh()
		switch (state.kind) {
			case 'ready':
				response.setHeader('content-type', 'application/json').end(state.text)
				return
			case 'making':
				return refuse(response, 202, 'the snapshot is being made', { 'retry-after': RETRY_SECONDS })
			case 'failed':
				return refuse(response, 503, 'no snapshot can be made, see the log', { 'retry-after': '60' })
		}
	}
}

async function send(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
	// Opened before its size is read: the name may be given to another snapshot at any time.
	const file = await open(path, 'r')
	try {
		const { size } = await file.stat()
		const range = byteRange(request.headers.range, size)
		if (range === undefined)
			return refuse(response, 416, 'no such bytes', { 'content-range': `bytes */${size}` })
		response.writeHead(range.isWhole ? 200 : 206, {
			'content-type': 'application/octet-stream',
			'content-length': range.end - range.start,
			'accept-ranges': 'bytes',
			...(range.isWhole ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` }),
		})
		if (range.end === range.start) response.end()
		else {
			const { start } = range
			await pipeline(
				createReadStream('', { fd: file, autoClose: false, start, end: range.end - 1 }),
				response,
			)
		}
	} finally {
		await file.close()
	}
}

function refuse(
	response: ServerResponse,
	status: number,
	message: string,
	headers: Readonly<Record<string, string>> = {},
): void {
	response
		.writeHead(status, { 'content-type': 'application/json', ...headers })
		.end(JSON.stringify({ message }))
}
