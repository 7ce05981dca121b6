import { join } from 'node:path'
import { open } from 'lmdb'
import { expect, it } from 'vitest'
import { lastTold, toldOf } from '../promotion/told-heads.js'
import { afterTest, temporaryDirectory } from './cleanup.js'
import { until } from './deadline.js'
import { sampleRecording, timeOf } from './sample-recording.js'
import { replayed } from './supervised.js'
import { settingsFor, VigilProcess } from './vigil-process.js'

const SYNCED = 20
const CHAINS = 2

/** Keeps everybody else from committing to the tables of a store, until it is called. */
async function holdWriteLock(datadir: string): Promise<() => void> {
	const env = open({ path: join(datadir, 'meta.mdb'), maxDbs: 64, keyEncoding: 'binary', encoding: 'binary' })
	let release = () => {}
	const held = new Promise<void>((resolve) => (release = resolve))
	afterTest(() => {
		release()
		return env.close()
	})
	await new Promise<void>((resolve) => {
		void env.transaction(async () => {
			resolve()
			await held
		})
	})
	return release
}

it('nodes are told that a new block is cross-unsafe while nothing can be stored, and it is stored when that works again', async () => {
	const recording = sampleRecording({ derived: SYNCED, ahead: 2 * SYNCED })
	const replay = await replayed(recording, { kind: 'steps' })
	const datadir = temporaryDirectory()
	const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
	const chainIds = recording.chains.map(({ chainId }) => chainId)
	expect(chainIds).toHaveLength(CHAINS)
	const told = () => chainIds.map((chainId) => lastTold(toldOf(replay, chainId), 'crossUnsafe')?.block.number)
	const stored = async () => {
		const heads = await vigil.heads()
		return chainIds.map((chainId) => heads?.[`${chainId}`]?.crossUnsafe.number)
	}
	const storedIs = async (number: number) => {
		let heads: (number | undefined)[] = []
		await until(
			() => `block ${number} to be stored; ${heads} are`,
			async () => {
				heads = await stored()
				return heads.every((head) => head === number)
			},
		)
	}
	replay.advance(timeOf(SYNCED))
	await storedIs(SYNCED)
	const release = await holdWriteLock(datadir)
	replay.advance(timeOf(SYNCED + 1))
	await until(
		() => `block ${SYNCED + 1}; told are ${told()}`,
		() => told().every((number) => number === SYNCED + 1),
	)
	expect(await stored()).toEqual(chainIds.map(() => SYNCED))
	release()
	await storedIs(SYNCED + 1)
	expect(await vigil.terminate()).toBe(0)
})
