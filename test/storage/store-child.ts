/**
 * A second process for the storage tests, started with `fork`: it does one thing to a data directory and reports
 * by messages, so that the test can kill it, limit it, or look at the directory meanwhile.
 */
import { once } from 'node:events'
import {
	DataDirectoryInUseError,
	openLogWriter,
	openReader,
	openStore,
	StorageWriteError,
} from '../../src/storage/index.js'
import { CHAIN_A, chainOf, IDENTITIES, packed, sealedOf, silent } from './sample-chain.js'

const [mode, directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: store-child MODE DIRECTORY')

process.on('unhandledRejection', (error) => {
	send({ unhandled: String(error) })
	process.exit(3)
})

function send(message: object): void {
	process.send?.(message)
}

const order = async (): Promise<unknown> => (await once(process, 'message'))[0]

/** Opens the store and holds it until told to end. */
async function hold(directory: string): Promise<void> {
	try {
		const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
		send({ opened: true })
		await order()
		await store.close()
	} catch (error) {
		if (!(error instanceof DataDirectoryInUseError)) throw error
		send({ refused: error.message })
	}
}

/** Writes and seals from wherever the store is, until killed by the test. */
async function sealOn(directory: string): Promise<void> {
	const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	const writer = openLogWriter({ directory, chainId: CHAIN_A })
	const blocks = chainOf(CHAIN_A, 4_000)
	if (blocks[0] !== undefined) await store.startChain(CHAIN_A, blocks[0])
	for (;;) {
		const head = store.read((snapshot) => snapshot.localUnsafe(CHAIN_A)?.number ?? 0)
		const run = blocks.slice(head + 1, head + 1 + 16)
		if (run.length === 0) {
			send({ acknowledged: head })
			await order()
		}
		await writer.writeBatch(run.map((block) => packed(block, 40)))
		await store.seal(
			CHAIN_A,
			run.map((block) => sealedOf(block, 40)),
		)
		send({ acknowledged: run.at(-1)?.number })
	}
}

/** Seals until the file size limit that the test sets stops it, then until the test lifts it. */
async function sealOnFullDisk(directory: string): Promise<void> {
	const store = await openStore({ directory, chains: IDENTITIES }, { log: silent })
	const writer = openLogWriter({ directory, chainId: CHAIN_A })
	const blocks = chainOf(CHAIN_A, 4_000)
	const [genesis] = blocks
	if (genesis === undefined) return
	const events: string[] = []
	store.on('fault', (fault) => events.push(`fault ${fault.error.errno}`))
	store.on('recovered', () => events.push('recovered'))
	await writer.writeBatch(blocks.map((block) => packed(block, 1)))
	await store.startChain(CHAIN_A, genesis)
	let head = 0
	const seal = async (from: number, count: number): Promise<unknown> => {
		const run = blocks.slice(from + 1, from + 1 + count).map((block) => sealedOf(block, 1))
		return store.seal(CHAIN_A, run).then(
			() => undefined,
			(error: unknown) => error,
		)
	}
	send({ ready: true })
	await order()
	let error: unknown
	while (error === undefined && head < 3_000) {
		error = await seal(head, 100)
		if (error === undefined) head += 100
	}
	const more = await Promise.all([
		seal(head, 100),
		store.setFailsafe(true).catch((e: unknown) => e),
		seal(head, 200),
	])
	const seen = store.read((snapshot) => ({
		head: snapshot.localUnsafe(CHAIN_A)?.number,
		rows: [...snapshot.canonicalFrom(CHAIN_A, 0)].length,
		failsafe: snapshot.failsafe,
		log: snapshot.logHash(CHAIN_A, blocks[head] ?? genesis, 0)?.length,
	}))
	send({
		head,
		errors: [error, ...more].map((e) => (e instanceof StorageWriteError ? e.message : `unexpected: ${e}`)),
		fault: store.writeFault?.reason,
		seen,
	})
	await order()
	const after = await seal(head, 500)
	const recovered = store.read((snapshot) =>
		[...snapshot.canonicalFrom(CHAIN_A, 0)].map((block) => block.number),
	)
	send({
		after: String(after),
		rows: recovered.length,
		last: recovered.at(-1),
		events,
		fault: store.writeFault,
	})
	await writer.close()
	await store.close()
}

/** The same for the log blocks of a chain. */
async function writeLogsOnFullDisk(directory: string): Promise<void> {
	const writer = openLogWriter({ directory, chainId: CHAIN_A })
	const blocks = chainOf(CHAIN_A, 2_000)
	const write = async (from: number): Promise<string> => {
		try {
			await writer.writeBatch(blocks.slice(from, from + 64).map((block) => packed(block, 20)))
			return 'written'
		} catch (error) {
			return error instanceof StorageWriteError ? error.message : `unexpected: ${error}`
		}
	}
	let done = 0
	for (; done < 256; done += 64) await write(done)
	send({ ready: true })
	await order()
	let result = await write(done)
	for (; result === 'written' && done < 1_500; result = await write(done)) done += 64
	const present = (): boolean[] => [0, done - 1, done, done + 63].map((number) => has(number))
	const reader = await openReader({ directory, chains: IDENTITIES.map((chain) => chain.chainId) })
	const has = (number: number): boolean => {
		const block = blocks[number]
		return block !== undefined && reader.read((snapshot) => snapshot.logBlock(CHAIN_A, block)) !== undefined
	}
	send({ done, error: result, again: await write(done), present: present() })
	await order()
	send({ after: await write(done), present: present() })
	await reader.close()
	await writer.close()
}

const modes: Record<string, (directory: string) => Promise<void>> = {
	hold,
	sealOn,
	sealOnFullDisk,
	writeLogsOnFullDisk,
}
await modes[`${mode}`]?.(directory)
process.disconnect?.()
