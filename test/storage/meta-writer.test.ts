import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore } from '../../src/storage/index.js'
import { MetaWriter } from '../../src/storage/meta-writer.js'
import { closeTables, openMeta, openTables } from '../../src/storage/tables.js'
import { CHAIN_A, IDENTITIES, silent } from './sample-chain.js'

it('rolls back what throws or returns a promise, also next to writes in the same commit', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-writer-'))
	const options = { directory, chains: [CHAIN_A] }
	const tables = openTables(await openMeta(options), options)
	const writer = new MetaWriter(tables, { log: silent })
	const put = (generation: number) => tables.state.put('generation', generation)
	const writes = [
		writer.write(() => put(1)),
		writer.write(() => {
			put(2)
			throw new Error('checked too late')
		}),
		writer.write(async () => put(3)),
		writer.write((view) => view.generation),
	]
	const results = await Promise.allSettled(writes)
	expect(
		results.map((result) => (result.status === 'rejected' ? String(result.reason) : result.value)),
	).toEqual([
		undefined,
		'Error: checked too late',
		'TypeError: a storage transaction must not return a promise',
		1,
	])
	expect(writer.writeFault).toBeUndefined()
	await closeTables(tables)
	rmSync(directory, { recursive: true })
})

it('releases the snapshot of a read that throws or returns a promise', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-read-'))
	const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	const fail = () => {
		throw new Error('inside')
	}
	expect(() => store.read(fail)).toThrow('inside')
	expect(() => store.read(async (view) => view.generation)).toThrow(TypeError)
	expect(store.openSnapshots).toBe(0)
	const held = store.snapshot()
	held.done()
	held.done()
	await store.close()
	rmSync(directory, { recursive: true })
})
