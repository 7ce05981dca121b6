import { describe, expect, it } from 'vitest'
import type { BlockRef, DerivedBlockRefPair } from '../../src/protocol/block.js'
import { ConflictError } from '../../src/protocol/errors.js'
import { type LinkBatch, StorageWriteError } from '../../src/storage/index.js'
import { L1View } from '../../src/supervisor/l1-view.js'
import { LinkWriter } from '../../src/supervisor/link-writer.js'
import { LogCapture } from './log-capture.js'
import { extend } from './sample-recording.js'

const l1 = extend('l1', [], 6_000)
const l2 = extend('l2', [], 6_000)
const pair = (source: number, derived: number): DerivedBlockRefPair => ({
	source: l1[source] as BlockRef,
	derived: l2[derived] as BlockRef,
})
const diskFull = () => new StorageWriteError('/data/meta.mdb', 'ENOSPC', 'no space left', false)

/** A writer over a disk that answers each batch as `disk` says. */
function writer(disk: (batch: LinkBatch) => Promise<void>) {
	const batches: LinkBatch[] = []
	const refused: unknown[] = []
	const logs = new LogCapture()
	const view = new L1View(() => undefined)
	let committed = 0
	const links = new LinkWriter({
		log: logs.log,
		l1: view,
		append: async (batch) => {
			await disk(batch)
			batches.push(batch)
		},
		onCommitted: () => committed++,
		onRefused: (error) => refused.push(error),
	})
	const add = (source: number, derived: number) => {
		const link = pair(source, derived)
		view.add(link.source)
		links.link(link)
	}
	return { links, view, add, batches, refused, logs, committed: () => committed }
}

/** A disk that stands still until it is told what it does. */
function slowDisk() {
	const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
	let asked: () => void = () => undefined
	return {
		disk: () =>
			new Promise<void>((resolve, reject) => {
				waiting.push({ resolve, reject })
				asked()
			}),
		/** Resolves when a batch waits for the disk. */
		async batch() {
			while (waiting.length === 0) await new Promise<void>((resolve) => (asked = resolve))
			const next = waiting.shift()
			if (next === undefined) throw new Error('nothing waits')
			return next
		},
	}
}

describe('LinkWriter', () => {
	it('writes what came while the disk was busy in one batch, in order, with its L1 blocks', async () => {
		const { disk, batch } = slowDisk()
		const { links, add, batches, view, committed } = writer(disk)
		add(1, 1)
		const first = await batch()
		add(2, 1)
		add(2, 2)
		links.complete(2)
		links.origin(l1[2] as BlockRef)
		expect(links.block(2)).toEqual(l2[2])
		first.resolve()
		const second = await batch()
		second.resolve()
		await links.flush()
		expect(batches).toEqual([
			{ l1: [l1[1]], links: [pair(1, 1)], complete: [] },
			{ l1: [l1[2]], links: [pair(2, 1), pair(2, 2)], complete: [2], derivationOrigin: l1[2] },
		])
		expect(committed()).toBe(2)
		expect(links.block(2)).toBeUndefined()
		expect(view.pending).toEqual([])
	})

	it('writes many links in several transactions; a source is complete with the last of its links', async () => {
		const { disk, batch } = slowDisk()
		const { links, add, batches, view } = writer(disk)
		add(0, 0)
		const first = await batch()
		for (let derived = 1; derived <= 300; derived++) add(Math.ceil(derived / 100), derived)
		for (const source of [1, 2, 3]) links.complete(source)
		links.origin(l1[3] as BlockRef)
		first.resolve()
		;(await batch()).resolve()
		;(await batch()).resolve()
		await links.flush()
		const [, second, third] = batches
		expect(batches).toHaveLength(3)
		expect(second?.complete).toEqual([1, 2])
		expect(second?.derivationOrigin).toBeUndefined()
		expect(second?.l1).toEqual(l1.slice(1, 4))
		expect(third?.complete).toEqual([3])
		expect(third?.derivationOrigin).toEqual(l1[3])
		const written = [...(second?.links ?? []), ...(third?.links ?? [])]
		expect(written.map(({ derived }) => derived)).toEqual(l2.slice(1, 301))
		expect(view.pending).toEqual([])
	})

	it('takes the links of a burst in one transaction, and in bulk those of some milliseconds', async () => {
		const { links, add, batches } = writer(async () => {})
		const began = performance.now()
		for (let derived = 1; derived <= 6; derived++) {
			add(1, derived)
			await Promise.resolve()
		}
		await links.flush()
		expect(batches).toHaveLength(1)
		for (let derived = 7; derived <= 1_000; derived++) {
			add(1, derived)
			await new Promise(setImmediate)
		}
		await links.flush()
		const seconds = (performance.now() - began) / 1000
		expect(batches.length).toBeLessThanOrEqual(12 + 50 * seconds)
		const written = batches.flatMap((batch) => batch.links ?? [])
		expect(written.map(({ derived }) => derived)).toEqual(l2.slice(1, 1_001))
	})

	it('keeps links that the disk did not take, and writes them later with those that came meanwhile', async () => {
		let failures = 2
		const { links, add, batches, logs, refused } = writer(async () => {
			if (failures-- > 0) throw diskFull()
		})
		add(1, 1)
		links.complete(1)
		await logs.logged('the failure', ({ msg }) => msg.includes('cannot be written'))
		add(2, 1)
		await links.flush()
		expect(batches.flatMap((batch) => batch.links ?? [])).toEqual([pair(1, 1), pair(2, 1)])
		expect(batches.flatMap((batch) => batch.l1 ?? [])).toEqual([l1[1], l1[2]])
		expect(batches[0]?.complete).toEqual([1])
		expect(refused).toEqual([])
	})

	it('a refusal is no matter of waiting: it is told once, and the links are given up', async () => {
		const error = new ConflictError('local-safe #2 is not #2')
		const { links, add, batches, refused } = writer(() => Promise.reject(error))
		add(1, 1)
		await links.flush()
		expect(refused).toEqual([error])
		expect(batches).toEqual([])
	})

	it('lets no more links wait for the disk than it says', async () => {
		const { disk, batch } = slowDisk()
		const { links, add } = writer(disk)
		add(0, 0)
		const first = await batch()
		await links.room()
		for (let i = 1; i <= 4_097; i++) add(i, 0)
		let isRoom = false
		const room = links.room().then(() => {
			isRoom = true
		})
		await new Promise(setImmediate)
		expect(isRoom).toBe(false)
		first.resolve()
		;(await batch()).resolve()
		await room
		// 4,097 links take 17 transactions; two are through.
		for (let left = 16; left > 0; left--) (await batch()).resolve()
		await links.flush()
	})

	it('a close while the disk is full tries once more and ends at once: it does not wait for a later attempt', async () => {
		const { links, add, logs, batches } = writer(() => Promise.reject(diskFull()))
		add(1, 1)
		const failures = () => logs.records.filter(({ msg }) => msg.includes('cannot be written')).length
		await logs.logged('the second failure', () => failures() >= 2)
		const before = failures()
		// No timer is needed for it to end; a pause of the writer is 50 ms or more.
		const turns = async () => {
			for (let i = 0; i < 20; i++) await new Promise(setImmediate)
			return 'it waits'
		}
		expect(await Promise.race([links.close().then(() => 'closed'), turns()])).toBe('closed')
		expect(failures()).toBe(before + 1)
		expect(batches).toEqual([])
	})

	it('a close with a disk that works again loses nothing', async () => {
		let isFull = true
		const { links, add, logs, batches } = writer(async () => {
			if (isFull) throw diskFull()
		})
		add(1, 1)
		await logs.logged('the failure', ({ msg }) => msg.includes('cannot be written'))
		isFull = false
		await links.close()
		expect(batches.flatMap((batch) => batch.links ?? [])).toEqual([pair(1, 1)])
	})
})
