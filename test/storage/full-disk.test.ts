import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore } from '../../src/storage/index.js'
import { ended, limitFileSize, nextMessage, startChild } from './child-process.js'
import { CHAIN_A, IDENTITIES, silent } from './sample-chain.js'

let directory: string
let child: ChildProcess | undefined

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'vigil-full-'))
})
afterEach(async () => {
	child?.kill('SIGKILL')
	if (child !== undefined) await ended(child)
	rmSync(directory, { recursive: true })
})

it('stops writing the tables on a full disk, serves what it has, and goes on when there is room', async () => {
	child = startChild('sealOnFullDisk', directory)
	await nextMessage(child)
	limitFileSize(child, statSync(join(directory, 'meta.mdb')).size + 65_536)
	child.send('limited')
	const full = await nextMessage(child)
	expect(full).not.toHaveProperty('unhandled')
	expect(full.errors).toEqual(Array(4).fill(expect.stringMatching(/^cannot write to .*meta\.mdb: EIO|EFBIG/)))
	expect(full.fault).toMatch(/make room/)
	expect(full.head).toBeGreaterThan(0)
	expect(full.seen).toEqual({ head: full.head, rows: Number(full.head) + 1, failsafe: false, log: 32 })

	limitFileSize(child, 'unlimited')
	child.send('lifted')
	const free = await nextMessage(child)
	expect(free).toMatchObject({ after: 'undefined', last: Number(full.head) + 500 })
	expect(free.rows).toBe(Number(full.head) + 501)
	expect(free.events).toEqual([expect.stringMatching(/^fault E/), 'recovered'])
	expect(free).not.toHaveProperty('fault')
	await ended(child)

	const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	expect(store.read((snapshot) => snapshot.localUnsafe(CHAIN_A)?.number)).toBe(Number(full.head) + 500)
	await store.close()
})

it('writes no part of a batch of log blocks on a full disk, and all of it when there is room', async () => {
	await (await openStore({ directory, chains: IDENTITIES }, { log: silent })).close()
	child = startChild('writeLogsOnFullDisk', directory)
	await nextMessage(child)
	limitFileSize(child, statSync(join(directory, `logs-${CHAIN_A}.mdb`)).size + 200_000)
	child.send('limited')
	const full = await nextMessage(child)
	const error = expect.stringMatching(/^cannot write to .*logs-900\.mdb: (EIO|EFBIG).* MiB free/)
	expect(full).toMatchObject({ error, again: error, present: [true, true, false, false] })
	limitFileSize(child, 'unlimited')
	child.send('lifted')
	expect(await nextMessage(child)).toEqual({ after: 'written', present: [true, true, true, true] })
	await ended(child)
})
