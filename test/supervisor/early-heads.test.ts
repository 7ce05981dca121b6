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

/** Keeps everybody else from committing to a file of a store, until it is called. */
async function holdWriteLock(datadir: string, file: string): Promise<() => void> {
	const env = open({ path: join(datadir, file), maxDbs: 64, keyEncoding: 'binary', encoding: 'binary' })
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

/** Vigil with one index thread, at block SYNCED of both chains. */
async function atTheTip() {
	const recording = sampleRecording({ derived: SYNCED, ahead: 2 * SYNCED })
	const replay = await replayed(recording, { kind: 'steps' })
	const datadir = temporaryDirectory()
	const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
	const chainIds = recording.chains.map(({ chainId }) => chainId)
	expect(chainIds).toHaveLength(CHAINS)
	const told = () => chainIds.map((chainId) => lastTold(toldOf(replay, chainId), 'crossUnsafe')?.block.number)
	const stored = async (level: 'crossUnsafe' | 'localUnsafe' = 'crossUnsafe') => {
		const heads = await vigil.heads()
		return chainIds.map((chainId) => heads?.[`${chainId}`]?.[level].number)
	}
	const storedIs = async (numbers: number[], level?: 'localUnsafe') => {
		let heads: (number | undefined)[] = []
		await until(
			() => `blocks ${numbers} to be stored; ${heads} are`,
			async () => {
				heads = await stored(level)
				return heads.every((head, i) => head === numbers[i])
			},
		)
	}
	replay.advance(timeOf(SYNCED))
	await storedIs([SYNCED, SYNCED])
	return { replay, datadir, vigil, chainIds, told, stored, storedIs }
}

it('nodes are told that a new block is cross-unsafe while nothing can be stored, and it is stored when that works again', async () => {
	const { replay, datadir, vigil, told, stored, storedIs } = await atTheTip()
	const release = await holdWriteLock(datadir, 'meta.mdb')
	replay.advance(timeOf(SYNCED + 1))
	await until(
		() => `block ${SYNCED + 1}; told are ${told()}`,
		() => told().every((number) => number === SYNCED + 1),
	)
	expect(await stored()).toEqual([SYNCED, SYNCED])
	release()
	await storedIs([SYNCED + 1, SYNCED + 1])
	expect(await vigil.terminate()).toBe(0)
})

it('a log file that cannot be written holds up its own chain, not the others of its index thread', async () => {
	const { replay, datadir, vigil, chainIds, storedIs } = await atTheTip()
	const release = await holdWriteLock(datadir, `logs-${chainIds[0]}.mdb`)
	for (let number = SYNCED + 1; number <= SYNCED + 3; number++) {
		replay.advance(timeOf(number))
		await storedIs([SYNCED, number], 'localUnsafe')
	}
	release()
	await storedIs([SYNCED + 3, SYNCED + 3])
	expect(await vigil.terminate()).toBe(0)
})
