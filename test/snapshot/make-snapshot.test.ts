import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { SnapshotError } from '../../src/snapshot/errors.js'
import { hashFile } from '../../src/snapshot/hash-chunks.js'
import { makeSnapshot } from '../../src/snapshot/make-snapshot.js'
import { encodeManifest, parseManifest, snapshotBytes } from '../../src/snapshot/manifest.js'
import { openStore, StoreCopyError, type TableRow } from '../../src/storage/index.js'
import { silent } from '../storage/sample-chain.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { storeFaults } from '../verify/store-faults.js'
import { FilledStore, IDENTITIES, rowsIn } from './filled-store.js'

const VERSION = '1.2.3'
const rowText = ({ table, chainId, row }: TableRow) => `${table} ${chainId} ${JSON.stringify(row)}`
const newPath = () => join(temporaryDirectory(), 'out')

describe('makeSnapshot', () => {
	test('copies a store that is open and growing: the copy is one state of it, whole, and smaller', async () => {
		const filled = await FilledStore.open()
		await filled.grow(200, 20)
		const before = await rowsIn(filled.directory)
		const out = newPath()
		const parts = new Set<string>()
		let done = false
		const growing = (async () => {
			while (!done) await filled.grow(5, 20)
		})()
		const manifest = await makeSnapshot({
			directory: filled.directory,
			out,
			version: VERSION,
			onProgress: ({ part }) => parts.add(part),
		})
		done = true
		await growing
		expect(await storeFaults(out)).toEqual([])
		const rows = await rowsIn(out)
		expect(rows.length).toBeGreaterThanOrEqual(before.length)
		const texts = new Set(rows.map(rowText))
		expect(before.filter((row) => !texts.has(rowText(row)))).toEqual([])
		expect(manifest.files.map(({ name }) => name)).toEqual([
			'meta.mdb',
			...IDENTITIES.map(({ chainId }) => `logs-${chainId}.mdb`),
		])
		expect(snapshotBytes(manifest)).toBeLessThan(
			manifest.files.reduce((sum, { name }) => sum + statSync(join(filled.directory, name)).size, 0),
		)
		expect(parts).toContain('checksums of meta.mdb')
	})

	test('the directory holds the files and their manifest and nothing else, and is a store that opens', async () => {
		const filled = await FilledStore.open()
		await filled.grow(3, 2)
		const out = newPath()
		const manifest = await makeSnapshot({
			directory: filled.directory,
			out,
			version: VERSION,
			chunkBytes: 10_000,
		})
		expect(readdirSync(out).sort()).toEqual(
			['manifest.json', ...manifest.files.map(({ name }) => name)].sort(),
		)
		expect(existsSync(`${out}.partial`)).toBe(false)
		expect(parseManifest(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual(manifest)
		for (const { name, bytes, chunks } of manifest.files) {
			expect(statSync(join(out, name)).size).toBe(bytes)
			expect(chunks).toHaveLength(Math.ceil(bytes / 10_000))
			expect(await hashFile(join(out, name), 10_000)).toEqual(chunks)
		}
		const store = await openStore({ directory: out, chains: IDENTITIES }, { log: silent })
		await store.close()
		expect(await rowsIn(out)).toEqual(await rowsIn(filled.directory))
	})

	test('a directory that is not empty is left alone; an empty one is taken', async () => {
		const filled = await FilledStore.open()
		const out = temporaryDirectory()
		writeFileSync(join(out, 'mine'), 'x')
		const options = { directory: filled.directory, version: VERSION }
		await expect(makeSnapshot({ ...options, out })).rejects.toThrow(SnapshotError)
		expect(readdirSync(out)).toEqual(['mine'])
		await makeSnapshot({ ...options, out: temporaryDirectory() })
	})

	test('what a broken attempt left is removed; a stopped one leaves nothing', async () => {
		const filled = await FilledStore.open()
		const out = newPath()
		mkdirSync(`${out}.partial`)
		writeFileSync(join(`${out}.partial`, 'meta.mdb'), 'half')
		const options = { directory: filled.directory, out, version: VERSION }
		const stop = new AbortController()
		stop.abort(new Error('stopped'))
		await expect(makeSnapshot({ ...options, signal: stop.signal })).rejects.toThrow('stopped')
		expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false])
		mkdirSync(`${out}.partial`)
		writeFileSync(join(`${out}.partial`, 'meta.mdb'), 'half')
		await makeSnapshot(options)
		expect(await storeFaults(out)).toEqual([])
	})

	test('stopped in the midst of the checksums, it leaves nothing', async () => {
		const filled = await FilledStore.open()
		const out = newPath()
		const stop = new AbortController()
		const made = makeSnapshot({
			directory: filled.directory,
			out,
			version: VERSION,
			signal: stop.signal,
			onProgress: () => stop.abort(new Error('stopped')),
		})
		await expect(made).rejects.toThrow()
		expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false])
	})

	test('a chain whose log file is gone is an error with its name', async () => {
		const filled = await FilledStore.open()
		await filled.close()
		const [first] = IDENTITIES
		rmSync(join(filled.directory, `logs-${first?.chainId}.mdb`))
		const made = makeSnapshot({ directory: filled.directory, out: newPath(), version: VERSION })
		await expect(made).rejects.toThrow(`logs-${first?.chainId}.mdb`)
	})
})

describe('parseManifest', () => {
	const file = (name: string, bytes = 10) => ({ name, bytes, chunks: ['ab'.repeat(32)] })
	const manifest = {
		id: 'x',
		created: '2026-01-01T00:00:00Z',
		vigil: VERSION,
		schema: 1,
		chunkBytes: 100,
		chains: [],
		files: [file('meta.mdb')],
	}

	test('reads what encodeManifest wrote', () => {
		expect(parseManifest(encodeManifest(manifest))).toEqual(manifest)
	})

	test.each<[string, string, RegExp]>([
		['one letter changed', encodeManifest(manifest).replace('"id":"x"', '"id":"y"'), /checksum/],
		['no checksum', JSON.stringify({ format: 'vigil-snapshot-1', ...manifest }), /checksum/],
		['another format', encodeManifest(manifest).replace('snapshot-1', 'snapshot-2'), /format/],
		['a name that is a path', encodeManifest({ ...manifest, files: [file('../meta.mdb')] }), /files/],
		['a file too many', encodeManifest({ ...manifest, files: [file('meta.mdb'), file('x')] }), /files/],
		['chunks that do not fit', encodeManifest({ ...manifest, files: [file('meta.mdb', 101)] }), /chunks/],
		['chunks without a size', encodeManifest({ ...manifest, chunkBytes: 0 }), /chunkBytes/],
		['an array', '[]', /manifest/],
	])('%s is refused', (_what, text, message) => {
		expect(() => parseManifest(text)).toThrow(MalformedValueError)
		expect(() => parseManifest(text)).toThrow(message)
	})
})

test('StoreCopyError names source and target', () => {
	expect(new StoreCopyError('a', 'b', new Error('No space left on device')).message).toBe(
		'cannot copy a to b: No space left on device',
	)
})
