import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import {
	type ChainIdentity,
	DataDirectoryError,
	DataDirectoryInUseError,
	FingerprintMismatchError,
	openLogWriter,
	openReader,
	openStore,
	SCHEMA_VERSION,
	SchemaVersionError,
} from '../../src/storage/index.js'
import { packValue } from '../../src/storage/packed-value.js'
import { ended, nextMessage, startChild } from './child-process.js'
import { CHAIN_A, CHAIN_B, chainOf, hashOf, IDENTITIES, identity, packed, silent } from './sample-chain.js'

let directory: string
const children: ChildProcess[] = []

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'vigil-dir-'))
})
afterEach(async () => {
	for (const child of children.splice(0)) {
		child.kill('SIGKILL')
		await ended(child)
	}
	rmSync(directory, { recursive: true })
})

const openFor = (chains: readonly ChainIdentity[]) => openStore({ directory, chains }, { log: silent })

describe('the lock', () => {
	it('lets a second Vigil stop at once, naming the first', async () => {
		const child = startChild('hold', directory)
		children.push(child)
		expect(await nextMessage(child)).toEqual({ opened: true })
		await expect(openFor(IDENTITIES)).rejects.toThrow(DataDirectoryInUseError)
		await expect(openFor(IDENTITIES)).rejects.toThrow(new RegExp(`process ${child.pid}, started 20`))
	})

	it('holds against other processes, and within one', async () => {
		const store = await openFor(IDENTITIES)
		await expect(openFor(IDENTITIES)).rejects.toThrow(DataDirectoryInUseError)
		const child = startChild('hold', directory)
		children.push(child)
		expect(await nextMessage(child)).toEqual({ refused: expect.stringContaining(`process ${process.pid}`) })
		await store.close()
		await (await openFor(IDENTITIES)).close()
	})

	it('does not outlive a killed process', async () => {
		const child = startChild('hold', directory)
		children.push(child)
		await nextMessage(child)
		child.kill('SIGKILL')
		await ended(child)
		expect(readFileSync(join(directory, 'vigil.lock'), 'utf8')).toContain(`process ${child.pid}`)
		await (await openFor(IDENTITIES)).close()
	})
})

describe('a directory that is not ours', () => {
	it('is refused when it holds other files, and left alone', async () => {
		writeFileSync(join(directory, 'thesis.tex'), 'x')
		await expect(openFor(IDENTITIES)).rejects.toThrow(/no Vigil store but other files \(thesis\.tex\)/)
		expect(readdirSync(directory)).toEqual(['thesis.tex'])
	})

	it('is refused when its meta.mdb is another database, or none', async () => {
		const other = open({ path: join(directory, 'meta.mdb'), maxDbs: 2 })
		await other.openDB({ name: 'cats' }).put('tom', 1)
		await other.close()
		await expect(openFor(IDENTITIES)).rejects.toThrow(/is no store of Vigil/)
		await expect(openReader({ directory, chains: [CHAIN_A] })).rejects.toThrow(DataDirectoryError)
		writeFileSync(join(directory, 'meta.mdb'), Buffer.alloc(20_000, 'garbage'))
		await expect(openFor(IDENTITIES)).rejects.toThrow(/damaged or no database/)
		await expect(openReader({ directory, chains: [CHAIN_A] })).rejects.toThrow(DataDirectoryError)
	})

	it.each([1, 100, 4_096, 8_191])('is refused when meta.mdb was cut to %i bytes', async (size) => {
		await (await openFor(IDENTITIES)).close()
		truncateSync(join(directory, 'meta.mdb'), size)
		await expect(openFor(IDENTITIES)).rejects.toThrow(/damaged or no database/)
	})

	it('is refused when a log file has lost its end', async () => {
		await (await openFor(IDENTITIES)).close()
		const writer = openLogWriter({ directory, chainId: CHAIN_A })
		await writer.writeBatch(chainOf(CHAIN_A, 1_000).map((block) => packed(block, 93)))
		await writer.close()
		truncateSync(join(directory, 'logs-900.mdb'), 1_000_000)
		await expect(openFor(IDENTITIES)).rejects.toThrow(
			/logs-900\.mdb has lost its end \(1000000 of \d{7} bytes\)/,
		)
	})

	it('is refused when it cannot be made or written', async () => {
		const file = join(directory, 'file')
		writeFileSync(file, 'x')
		await expect(
			openStore({ directory: join(file, 'data'), chains: IDENTITIES }, { log: silent }),
		).rejects.toThrow(/it cannot be used \(.*\): create it and give it to the user that runs Vigil/)
		await expect(openReader({ directory: join(directory, 'new'), chains: [CHAIN_A] })).rejects.toThrow(
			/holds no Vigil store/,
		)
	})
})

describe('a store of another kind', () => {
	beforeEach(async () => (await openFor(IDENTITIES)).close())

	it.each([
		['l2Genesis', { l2Genesis: { number: 0, hash: hashOf('other') } }],
		['l1Genesis', { l1Genesis: { number: 3, hash: hashOf('other') } }],
		['l2Time', { l2Time: 5 }],
		['blockTime', { blockTime: 1 }],
		['interopTime', { interopTime: null }],
	] as const)('is refused for another %s, naming chain and field', async (field, change) => {
		const opening = openFor([identity(CHAIN_A), identity(CHAIN_B, change)])
		await expect(opening).rejects.toThrow(FingerprintMismatchError)
		await expect(opening).rejects.toMatchObject({ chainId: CHAIN_B, field })
		await (await openFor([...IDENTITIES].reverse())).close()
	})

	it('is refused for more or fewer chains, and nothing is made for them', async () => {
		const before = readdirSync(directory)
		const extra = identity(77n as ChainId)
		await expect(openFor([...IDENTITIES, extra])).rejects.toMatchObject({ chainId: 77n, field: 'chain' })
		await expect(openFor([identity(CHAIN_A)])).rejects.toMatchObject({ chainId: CHAIN_B, field: 'chain' })
		expect(readdirSync(directory)).toEqual(before)
	})

	it.each([1, SCHEMA_VERSION + 1, 'x', null])('is refused with schema version %s', async (version) => {
		const env = open({ path: join(directory, 'meta.mdb'), maxDbs: 4, overlappingSync: false })
		const state = env.openDB<Buffer, Buffer>({ name: 'state', keyEncoding: 'binary', encoding: 'binary' })
		await state.put(Buffer.from('schema'), packValue(version))
		await env.close()
		await expect(openFor(IDENTITIES)).rejects.toThrow(SchemaVersionError)
		await expect(openReader({ directory, chains: [CHAIN_A] })).rejects.toThrow(SchemaVersionError)
	})
})
