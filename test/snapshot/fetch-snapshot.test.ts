import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { SyncEndpointError } from '../../src/snapshot/errors.js'
import { fetchSnapshot } from '../../src/snapshot/fetch-snapshot.js'
import { encodeManifest } from '../../src/snapshot/manifest.js'
import { DataDirectoryError, DataDirectoryInUseError, lockDirectory } from '../../src/storage/index.js'
import { identity } from '../storage/sample-chain.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { storeFaults } from '../verify/store-faults.js'
import { CHAINS, FilledStore, IDENTITIES, rowsIn } from './filled-store.js'
import {
	CHUNK_BYTES,
	cutAfter,
	damageByte,
	made,
	type SnapshotEndpoint,
	snapshotEndpoint,
	stallAfter,
} from './snapshot-endpoint.js'

let filled: FilledStore
let endpoint: SnapshotEndpoint
let directory: string
beforeEach(async () => {
	filled = await FilledStore.open()
	await filled.grow(100, 30)
	endpoint = await snapshotEndpoint(filled.directory)
	directory = join(temporaryDirectory(), 'data')
})

interface Attempt {
	readonly chains?: typeof IDENTITIES
	readonly url?: string
	readonly signal?: AbortSignal
	readonly logs?: LogCapture
}

function fetchInto({
	chains = IDENTITIES,
	url = endpoint.url,
	signal,
	logs = new LogCapture(),
}: Attempt = {}) {
	return fetchSnapshot(
		{ endpoint: url, directory, chains, firstPauseMs: 1 },
		{ log: logs.log, signal: signal ?? new AbortController().signal },
	)
}

async function expectWhole(): Promise<void> {
	expect(await storeFaults(directory)).toEqual([])
	expect(await rowsIn(directory)).toEqual(await rowsIn(filled.directory))
	expect(existsSync(join(directory, 'incoming'))).toBe(false)
}

/** Fetches until so many bytes of the big file are there, and is stopped then. */
async function stoppedAt(bytes: number): Promise<void> {
	const stop = new AbortController()
	const fetched = fetchInto({ signal: stop.signal })
	const path = join(directory, 'incoming', bigFile)
	await until(`${bytes} bytes`, () => existsSync(path) && statSync(path).size === bytes)
	stop.abort(new Error('stopped'))
	await expect(fetched).rejects.toThrow('stopped')
}

/** Has the endpoint make its snapshot, so that a test sees the requests for files only. */
const snapshotMade = () => made(endpoint.current)

const fileRequests = () => endpoint.asked.filter((asked) => !asked.includes('manifest.json'))
const bigFile = `logs-${CHAINS[0]}.mdb`

describe('fetchSnapshot', () => {
	test('fills an empty directory; the snapshot is made when it is asked for, and then kept', async () => {
		const logs = new LogCapture()
		await fetchInto({ logs })
		await expectWhole()
		expect(logs.find(({ msg }) => msg === 'the snapshot is waited for')).toMatchObject({ reason: 'HTTP 202' })
		const { id } = await snapshotMade()
		directory = join(temporaryDirectory(), 'another')
		await fetchInto()
		await expectWhole()
		expect((await snapshotMade()).id).toBe(id)
	})

	test('a directory that holds a store is left as it is', async () => {
		await fetchInto()
		const before = readdirSync(directory)
		const asked = endpoint.asked.length
		await fetchInto({ url: 'http://127.0.0.1:1' })
		expect(readdirSync(directory)).toEqual(before)
		expect(endpoint.asked).toHaveLength(asked)
	})

	test('a connection that is cut goes on at the last whole chunk', async () => {
		await snapshotMade()
		let cuts = 0
		endpoint.disturb = (request, response) => {
			if (request.url?.endsWith(bigFile) && cuts < 2) {
				cuts++
				cutAfter(response, CHUNK_BYTES + 5_000)
			}
			return false
		}
		await fetchInto()
		await expectWhole()
		const ranges = fileRequests().filter((asked) => asked.includes(bigFile))
		expect(ranges.map((asked) => asked.split('=')[1])).toEqual([
			'0-',
			`${CHUNK_BYTES}-`,
			`${2 * CHUNK_BYTES}-`,
		])
	})

	test('a byte that changed on the way is noticed, and its chunk fetched again', async () => {
		await snapshotMade()
		let isDamaged = false
		endpoint.disturb = (request, response) => {
			if (request.url?.endsWith(bigFile) && !isDamaged) {
				isDamaged = true
				damageByte(response, 2 * CHUNK_BYTES + 7)
			}
			return false
		}
		const logs = new LogCapture()
		await fetchInto({ logs })
		await expectWhole()
		expect(
			logs.find(({ reason }) => reason === `chunk 2 of ${bigFile} does not match its checksum`),
		).toBeDefined()
		expect(fileRequests()).toContain(`/snapshot/${bigFile} bytes=${2 * CHUNK_BYTES}-`)
	})

	test('stopped in the midst, the next start goes on with what is there', async () => {
		const { files } = await snapshotMade()
		endpoint.disturb = (request, response) => {
			if (request.url?.endsWith(bigFile)) stallAfter(response, 3 * CHUNK_BYTES)
			return false
		}
		await stoppedAt(3 * CHUNK_BYTES)
		expect(existsSync(join(directory, 'meta.mdb'))).toBe(false)
		endpoint.disturb = () => false
		endpoint.asked.length = 0
		await fetchInto()
		await expectWhole()
		const names = files.map(({ name }) => name)
		expect(endpoint.asked).toEqual([
			`/snapshot/${names[1]} bytes=${3 * CHUNK_BYTES}-`,
			`/snapshot/${names[2]} bytes=0-`,
		])
	})

	test('what a crash has left damaged is fetched again', async () => {
		const manifest = await snapshotMade()
		const incoming = join(directory, 'incoming')
		mkdirSync(incoming, { recursive: true })
		writeFileSync(join(incoming, 'manifest.json'), encodeManifest(manifest))
		for (const { name } of manifest.files)
			cpSync(join(filled.directory, 'snapshot', name), join(incoming, name))
		const half = readFileSync(join(incoming, bigFile))
		half.fill(0, CHUNK_BYTES + 1)
		writeFileSync(join(incoming, bigFile), half)
		writeFileSync(join(incoming, 'meta.mdb'), Buffer.concat([readFileSync(join(incoming, 'meta.mdb')), half]))
		await fetchInto()
		await expectWhole()
		expect(fileRequests()).toContain(`/snapshot/${bigFile} bytes=${CHUNK_BYTES}-`)
	})

	test('a crash while the files are put into their places is taken up', async () => {
		const manifest = await snapshotMade()
		const incoming = join(directory, 'incoming')
		mkdirSync(incoming, { recursive: true })
		writeFileSync(join(incoming, 'manifest.json'), encodeManifest(manifest))
		writeFileSync(join(incoming, 'verified'), '')
		for (const { name } of manifest.files)
			cpSync(join(filled.directory, 'snapshot', name), join(incoming, name))
		renameSync(join(incoming, bigFile), join(directory, bigFile))
		await fetchInto({ url: 'http://127.0.0.1:1' })
		await expectWhole()
	})

	test('another snapshot in the place of the one that was begun: that one is fetched from the beginning', async () => {
		const { id } = await snapshotMade()
		endpoint.disturb = (request, response) => {
			if (request.url?.endsWith(bigFile)) stallAfter(response, CHUNK_BYTES)
			return false
		}
		await stoppedAt(CHUNK_BYTES)
		await filled.grow(150, 30)
		const renewed = await snapshotEndpoint(filled.directory, 0)
		endpoint = renewed
		expect((await snapshotMade()).id).not.toBe(id)
		await fetchInto()
		await expectWhole()
	})

	test('an endpoint that is down all the time is given up, and what has come is kept', async () => {
		await snapshotMade()
		endpoint.disturb = (request, response) => {
			if (!request.url?.endsWith(bigFile)) return false
			response.destroy()
			return true
		}
		await expect(fetchInto()).rejects.toThrow(/given up .*what has come is kept/)
		expect(statSync(join(directory, 'incoming', 'meta.mdb')).size).toBeGreaterThan(0)
		endpoint.disturb = () => false
		await fetchInto()
		await expectWhole()
	})

	test('other files, and another process, are left alone', async () => {
		mkdirSync(directory)
		writeFileSync(join(directory, 'mine'), 'x')
		await expect(fetchInto()).rejects.toThrow(DataDirectoryError)
		directory = temporaryDirectory()
		const lock = await lockDirectory(directory)
		await expect(fetchInto()).rejects.toThrow(DataDirectoryInUseError)
		lock.release()
	})
})

/** A server that answers POST with `rpc`, `/healthz` with `health` and everything else with 404. */
async function otherServer(answers: { rpc?: string; health?: string }): Promise<string> {
	const server = createServer((request, response) => {
		const text =
			request.method === 'POST' ? answers.rpc : request.url === '/healthz' ? answers.health : undefined
		response.writeHead(text === undefined ? 404 : 200).end(text ?? 'not found')
	})
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
	afterTest(() => server.close())
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('an endpoint without a fitting snapshot is refused with what to do', () => {
	test.each<[string, { rpc?: string; health?: string }, RegExp]>([
		[
			'op-supervisor',
			{ rpc: '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"not ready"}}', health: 'v1' },
			/this is an op-supervisor or another JSON-RPC server.*--snapshot\.serve/,
		],
		[
			'a Vigil that serves none',
			{ health: '{"status":"ok","version":"1"}' },
			/start it with --snapshot\.serve/,
		],
		['something else', {}, /no snapshot of a Vigil at \/snapshot\/manifest\.json/],
	])('%s', async (_what, answers, message) => {
		const url = await otherServer(answers)
		await expect(fetchInto({ url })).rejects.toThrow(SyncEndpointError)
		await expect(fetchInto({ url })).rejects.toThrow(message)
		expect(existsSync(join(directory, 'meta.mdb'))).toBe(false)
	})

	test('a snapshot of another cluster is refused before a file is fetched', async () => {
		await snapshotMade()
		const chains = CHAINS.map((chainId) => identity(chainId, { blockTime: 5 }))
		await expect(fetchInto({ chains })).rejects.toThrow(/of another cluster: chain 900, l2Genesis|blockTime/)
		expect(fileRequests()).toEqual([])
	})

	test('a snapshot of another schema version is refused', async () => {
		const manifest = await snapshotMade()
		endpoint.disturb = (request, response) => {
			if (!request.url?.endsWith('manifest.json')) return false
			response.end(encodeManifest({ ...manifest, schema: 99 }))
			return true
		}
		await expect(fetchInto()).rejects.toThrow(/schema version 99.*this Vigil knows \d+: run the same version/)
	})

	test('the URL is named without what may be secret', async () => {
		const url = `${await otherServer({})}/v3/hunter2`
		await expect(fetchInto({ url })).rejects.toThrow(
			/^--datadir\.sync-endpoint http:\/\/127\.0\.0\.1:\d+\/\.\.\.: /,
		)
	})
})
