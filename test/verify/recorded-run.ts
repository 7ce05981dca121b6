import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { type ChainTables, closeTables, openMeta, openTables, type Tables } from '../../src/storage/tables.js'
import { View } from '../../src/storage/view.js'
import type { Fault } from '../../src/verify/invariants.js'
import { endReached } from '../promotion/recorded-end.js'
import { type RecordingName, recordingOf } from '../promotion/recordings.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { storeFaults } from './store-faults.js'

/** The tables of a store that is to be broken. */
export interface Breaking {
	readonly tables: Tables
	/** A chain whose block was replaced. */
	readonly chain: ChainTables
	readonly otherChain: ChainTables
}

/** A store that a real supervisor has filled from a recording. */
export interface RecordedRun {
	readonly directory: string
	readonly chainIds: readonly ChainId[]
	/** A chain whose block was replaced, and another one. */
	readonly chain: ChainId
	readonly other: ChainId
	/** The faults of a copy of the store after `breakIt` wrote into its tables. */
	faultsAfter(breakIt: (parts: Breaking) => unknown): Promise<Fault[]>
	remove(): void
}

/** Runs a supervisor over a recording with a replaced block, to the recorded heads. */
export async function recordedRun(name: RecordingName): Promise<RecordedRun> {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-recorded-'))
	const recording = await recordingOf(name)
	const replay = await replayed(recording)
	const { supervisor } = await supervise(recording, replay, { directory })
	await endReached(supervisor, recording)
	await supervisor.close()
	const chainIds = recording.chains.map(({ chainId }) => chainId)
	const replacing = recording.chains.find(({ replacements }) => replacements.length > 0)
	const chain = replacing?.chainId ?? expect.fail('no block was replaced')
	const other = chainIds.find((chainId) => chainId !== chain) ?? expect.fail('there is one chain')
	return {
		directory,
		chainIds,
		chain,
		other,
		async faultsAfter(breakIt) {
			const copy = join(temporaryDirectory(), 'data')
			cpSync(directory, copy, { recursive: true })
			const options = { directory: copy, chains: chainIds }
			const tables = openTables(await openMeta(options), options)
			await breakIt({
				tables,
				chain: present(tables.chains.get(chain)),
				otherChain: present(tables.chains.get(other)),
			})
			await closeTables(tables)
			return storeFaults(copy)
		},
		remove: () => rmSync(directory, { recursive: true, force: true }),
	}
}

/** A row that must be there. */
export function present<Row>(row: Row | undefined): Row {
	return row ?? expect.fail('there is no such row')
}

/** Messages that cross-safe blocks execute, newest first. */
export function executions(tables: Tables) {
	const view = new View(tables, {})
	const found = view.chainIds.flatMap((chainId) => {
		const head = present(view.crossSafeHead(chainId))
		const blocks = [...view.canonicalFrom(chainId, 1)].filter(({ number }) => number <= head.number)
		return blocks.flatMap((block) =>
			view.executingMessages(chainId, block).map(({ message }) => ({ chainId, block, message })),
		)
	})
	return found.reverse()
}
