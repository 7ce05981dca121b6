import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js'
import { makeSnapshot } from '../../src/snapshot/make-snapshot.js'
import { parseManifest, type SnapshotManifest } from '../../src/snapshot/manifest.js'
import { SnapshotServer } from '../../src/snapshot/snapshot-server.js'
import { silent } from '../storage/sample-chain.js'
import { afterTest } from '../supervisor/cleanup.js'

/** Chunks of the snapshots of these tests: small, so that small stores have many. */
export const CHUNK_BYTES = 20_000

/** What a test does to one answer; true if it has answered itself. */
type Disturb = (request: IncomingMessage, response: ServerResponse) => boolean

/** A real server of snapshots of a directory, with what a test wants to go wrong in front of it. */
export interface SnapshotEndpoint {
	readonly url: string
	readonly current: CurrentSnapshot
	/** Paths asked for so far, each with its range. */
	readonly asked: string[]
	/** Called for each request until it is set again. */
	disturb: Disturb
}

export async function snapshotEndpoint(datadir: string, maxAgeMs = 3_600_000): Promise<SnapshotEndpoint> {
	const current = new CurrentSnapshot(
		{ datadir, maxAgeMs },
		{
			log: silent,
			make: async (out, signal) => {
				await makeSnapshot({ directory: datadir, out, version: '1.2.3', chunkBytes: CHUNK_BYTES, signal })
			},
		},
	)
	const server = new SnapshotServer(current)
	const endpoint = { url: '', current, asked: [] as string[], disturb: (() => false) as Disturb }
	const http = createServer((request, response) => {
		endpoint.asked.push([request.url, request.headers.range].filter(Boolean).join(' '))
		if (!endpoint.disturb(request, response)) void server.handle(request, response)
	}).listen(0, '127.0.0.1')
	afterTest(async () => {
		await current.close()
		http.closeAllConnections()
		http.close()
	})
	await once(http, 'listening')
	endpoint.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
	return endpoint
}

/** Cuts the connection after so many bytes of the answer's body. */
export function cutAfter(response: ServerResponse, bytes: number): void {
	changeBody(response, (chunk, before) => {
		const room = Math.max(bytes - before, 0)
		if (chunk.length <= room) return chunk
		setImmediate(() => response.destroy())
		return chunk.subarray(0, room)
	})
}

/** Sends no more after so many bytes of the answer's body, and does not end it. */
export function stallAfter(response: ServerResponse, bytes: number): void {
	changeBody(response, (chunk, before) => chunk.subarray(0, Math.max(bytes - before, 0)))
	response.end = () => response
}

/** Changes one byte of the answer's body. */
export function damageByte(response: ServerResponse, at: number): void {
	changeBody(response, (chunk, before) => {
		if (at < before || at >= before + chunk.length) return chunk
		const copy = Buffer.from(chunk)
		copy.writeUInt8(copy.readUInt8(at - before) ^ 1, at - before)
		return copy
	})
}

function changeBody(response: ServerResponse, change: (chunk: Buffer, before: number) => Buffer): void {
	const write = response.write.bind(response) as (chunk: Buffer) => boolean
	let before = 0
	response.write = ((chunk: Buffer) => {
		const changed = change(Buffer.from(chunk), before)
		before += chunk.length
		return write(changed)
	}) as typeof response.write
}

/** Has a snapshot made if there is none, and resolves with its manifest. */
export async function made(current: CurrentSnapshot): Promise<SnapshotManifest> {
	for (;;) {
		const state = await current.refresh()
		if (state.kind === 'ready') return parseManifest(state.text)
		await new Promise((resolve) => setTimeout(resolve, 5))
	}
}
