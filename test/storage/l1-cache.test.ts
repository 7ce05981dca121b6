import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { L1_CACHE_FILE, L1Cache } from '../../src/storage/index.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'

const MAX_BYTES = 1_000_000

function openCache(directory = temporaryDirectory()) {
	const logs = new LogCapture()
	const cache = L1Cache.open({ directory, maxBytes: MAX_BYTES }, logs)
	afterTest(() => cache.close())
	return { cache, directory, logs }
}

function object(index: number, size = 10_000) {
	const key = Buffer.alloc(33, 1)
	key.writeUInt32BE(index, 1)
	return { key, value: Buffer.alloc(size, index) }
}

async function fill(cache: L1Cache, from: number, to: number) {
	for (let i = from; i < to; i++) {
		const { key, value } = object(i)
		await cache.put(key, value)
	}
}

it('keeps objects over a restart, and goes on counting', async () => {
	const first = openCache()
	await fill(first.cache, 0, 10)
	const { bytes } = first.cache
	expect(bytes).toBe(10 * 10_033)
	await first.cache.close()
	const { cache } = openCache(first.directory)
	expect(cache.bytes).toBe(bytes)
	for (let i = 0; i < 10; i++) expect(cache.get(object(i).key)).toEqual(object(i).value)
	await fill(cache, 10, 11)
	expect(cache.bytes).toBe(11 * 10_033)
	expect(cache.get(object(0).key)).toEqual(object(0).value)
})

it('removes the oldest first, and never holds more than its cap', async () => {
	const { cache } = openCache()
	for (let i = 0; i < 300; i++) {
		await fill(cache, i, i + 1)
		expect(cache.bytes).toBeLessThanOrEqual(MAX_BYTES)
	}
	const kept = Array.from({ length: 300 }, (_, i) => i).filter((i) => cache.get(object(i).key) !== undefined)
	expect(kept).toEqual(Array.from({ length: 99 }, (_, i) => 201 + i))
})

it('writes of the same moment do not add up beyond the cap', async () => {
	const { cache } = openCache()
	await Promise.all(Array.from({ length: 300 }, (_, i) => cache.put(object(i).key, object(i).value)))
	expect(cache.bytes).toBeLessThanOrEqual(MAX_BYTES)
	expect(cache.get(object(299).key)).toEqual(object(299).value)
})

it('counts rightly what is written while others are removed', async () => {
	const { cache, directory } = openCache()
	await fill(cache, 0, 99)
	// Each of these makes room, and the next one is written meanwhile.
	const writes: Promise<void>[] = []
	for (let i = 99; i < 400; i++) {
		writes.push(cache.put(object(i).key, object(i).value))
		await new Promise((resolve) => setImmediate(resolve))
	}
	await Promise.all(writes)
	const { bytes } = cache
	await cache.close()
	expect(openCache(directory).cache.bytes).toBe(bytes)
})

it('an object that is there already counts once, one beyond the cap is not kept', async () => {
	const { cache } = openCache()
	await fill(cache, 0, 1)
	await fill(cache, 0, 1)
	const large = object(1, MAX_BYTES)
	await cache.put(large.key, large.value)
	expect(cache.bytes).toBe(10_033)
	expect(cache.get(large.key)).toBeUndefined()
})

it('a damaged file is begun anew', async () => {
	const directory = temporaryDirectory()
	writeFileSync(join(directory, L1_CACHE_FILE), Buffer.alloc(100_000, 'x'))
	const { cache, logs } = openCache(directory)
	expect(logs.records.map(({ msg }) => msg)).toEqual(['the cache of L1 cannot be read and is begun anew'])
	await fill(cache, 0, 1)
	expect(cache.get(object(0).key)).toEqual(object(0).value)
})
