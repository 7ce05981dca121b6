import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { FilledStore } from './filled-store.js'
import { made, type SnapshotEndpoint, snapshotEndpoint } from './snapshot-endpoint.js'

let filled: FilledStore
let endpoint: SnapshotEndpoint
beforeEach(async () => {
	filled = await FilledStore.open()
	await filled.grow(100, 30)
	endpoint = await snapshotEndpoint(filled.directory)
})

describe('the server', () => {
	const get = (path: string, headers: Record<string, string> = {}) =>
		fetch(`${endpoint.url}${path}`, { headers })

	test.each<[string, Record<string, string>, number]>([
		['/snapshot/manifest.json', {}, 200],
		['/snapshot/meta.mdb', {}, 200],
		['/snapshot/meta.mdb', { range: 'bytes=100-' }, 206],
		['/snapshot/meta.mdb', { range: 'bytes=100-199' }, 206],
		['/snapshot/meta.mdb', { range: 'lines=1-2' }, 200],
		['/snapshot/meta.mdb', { range: 'bytes=99999999999-' }, 416],
		['/snapshot/vigil.lock', {}, 404],
		['/snapshot/../meta.mdb', {}, 404],
		['/snapshot/..%2fvigil.lock', {}, 404],
		['/snapshot/', {}, 404],
	])('GET %s %j: %i', async (path, headers, status) => {
		await made(endpoint.current)
		const response = await get(path, headers)
		expect(response.status).toBe(status)
		const body = Buffer.from(await response.arrayBuffer())
		const whole = readFileSync(join(filled.directory, 'snapshot', 'meta.mdb'))
		if (headers.range === 'bytes=100-199') expect(body).toEqual(whole.subarray(100, 200))
		if (headers.range === 'bytes=100-') expect(sha256(body)).toBe(sha256(whole.subarray(100)))
	})

	test('POST is refused', async () => {
		expect((await fetch(`${endpoint.url}/snapshot/meta.mdb`, { method: 'POST' })).status).toBe(405)
	})

	test('a snapshot that is being fetched is not taken away, however old it is', async () => {
		endpoint = await snapshotEndpoint(filled.directory, 1)
		const { id } = await made(endpoint.current)
		const release = endpoint.current.use()
		expect((await made(endpoint.current)).id).toBe(id)
		release()
		expect((await made(endpoint.current)).id).toBe(id)
	})
})

function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex')
}
