import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openLogWriter, openReader, openStore } from '../../src/storage/index.js'
import { ended, type Message, startChild } from './child-process.js'
import { CHAIN_A, chainOf, IDENTITIES, logsOf, packed, sealedOf, silent } from './sample-chain.js'

const ROUNDS = 8

it('loses nothing that was acknowledged when it is killed while sealing', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-kill-'))
	const blocks = chainOf(CHAIN_A, 4_000)
	for (let round = 0; round < ROUNDS; round++) {
		const child = startChild('sealOn', directory)
		let acknowledged = 0
		const started = new Promise<void>((resolve) => {
			child.on('message', (message: Message) => {
				acknowledged = Number(message.acknowledged)
				resolve()
			})
		})
		await started
		// Any instant will do, and a different one each round.
		await after(3 + ((round * 37) % 50))
		child.kill('SIGKILL')
		await ended(child)

		const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
		store.read((snapshot) => {
			const rows = [...snapshot.canonicalFrom(CHAIN_A, 0)]
			expect(rows.at(-1)?.number).toBeGreaterThanOrEqual(acknowledged)
			expect(rows.slice(1)).toEqual(blocks.slice(1, rows.length).map((block) => sealedOf(block, 40)))
			for (const row of rows.slice(1)) expect(snapshot.logBlock(CHAIN_A, row)?.logs.logCount).toBe(40)
			const head = blocks[rows.length - 1] ?? expect.fail()
			if (head.number > 0) expect(snapshot.logBlock(CHAIN_A, head)?.logs).toEqual(logsOf(head, 40))
			expect(snapshot.generation).toBe(0)
		})
		await store.close()
	}
	rmSync(directory, { recursive: true })
})

it('cuts back sealed blocks whose log blocks a power loss has taken', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-tail-'))
	const blocks = chainOf(CHAIN_A, 400)
	let store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	await store.startChain(CHAIN_A, blocks[0] ?? expect.fail())
	let writer = openLogWriter({ directory, chainId: CHAIN_A })
	await writer.writeBatch(blocks.slice(1).map((block) => packed(block, 2)))
	await store.seal(
		CHAIN_A,
		blocks.slice(1).map((block) => sealedOf(block, 2)),
	)
	await writer.close()
	await store.close()
	// The disk forgets: the log environment goes back to where it was before the last 300 blocks.
	rmSync(join(directory, `logs-${CHAIN_A}.mdb`))
	writer = openLogWriter({ directory, chainId: CHAIN_A })
	await writer.writeBatch(blocks.slice(1, 100).map((block) => packed(block, 2)))
	await writer.writeBatch([packed(blocks[390] ?? expect.fail(), 2)])
	await writer.close()

	store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	store.read((snapshot) => {
		expect(snapshot.localUnsafe(CHAIN_A)?.number).toBe(99)
		expect(snapshot.generation).toBe(1)
	})
	await store.close()
	rmSync(directory, { recursive: true })
})

it('lets another process read what is committed, each snapshot one state', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-read-'))
	await (await openStore({ directory, chains: IDENTITIES }, { log: silent })).close()
	const child = startChild('sealOn', directory)
	const acknowledged = async (): Promise<number> =>
		new Promise((resolve) =>
			child.once('message', (message: Message) => resolve(Number(message.acknowledged))),
		)
	await acknowledged()
	const reader = await openReader({ directory, chains: IDENTITIES.map((chain) => chain.chainId) })
	const old = reader.snapshot()
	const seen = old.localUnsafe(CHAIN_A)
	for (let i = 0; i < 10; i++) {
		const last = await acknowledged()
		reader.read((snapshot) => {
			const head = snapshot.localUnsafe(CHAIN_A) ?? expect.fail()
			expect(head.number).toBeGreaterThanOrEqual(last)
			expect(snapshot.logBlock(CHAIN_A, head)?.logs.logCount).toBe(40)
		})
		expect(old.localUnsafe(CHAIN_A)).toEqual(seen)
		expect([...old.canonicalFrom(CHAIN_A, 0)].at(-1)).toEqual(seen)
	}
	old.done()
	expect(reader.openSnapshots).toBe(0)
	await reader.close()
	child.kill('SIGKILL')
	await ended(child)
	rmSync(directory, { recursive: true })
})
