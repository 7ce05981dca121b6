import { describe, expect, it } from 'vitest'
import { type BlockId, blockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { RecordedChain, Recording } from '../../src/recording/recording.js'
import type { ReplayEvents } from '../../src/recording/replay/node-service.js'
import type { ReplayPace } from '../../src/recording/replay/pace.js'
import {
	type CrossSafeBlock,
	type InvalidatedBlock,
	openReader,
	type TableRow,
} from '../../src/storage/index.js'
import { until } from '../supervisor/deadline.js'
import { allTables } from '../supervisor/expected-tables.js'
import { canonicalBlocks } from '../supervisor/sample-recording.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { endReached, recordedHead } from './recorded-end.js'
import { type RecordingName, recordedEntries, recordingOf } from './recordings.js'
import { lastTold, type Told, toldOf } from './told-heads.js'

const PACES = {
	'as fast as it can': { kind: 'asap' },
	/** Unsafe blocks and links arrive interleaved as they did, in some seconds instead of minutes. */
	'as recorded': { kind: 'recorded', speed: 50 },
} as const satisfies Record<string, ReplayPace>

describe.each<[RecordingName, keyof typeof PACES, ReplayEvents]>([
	['steady', 'as fast as it can', 'pushed'],
	['steady', 'as fast as it can', 'pulled'],
	['steady', 'as fast as it can', 'http'],
	['steady', 'as recorded', 'http'],
	['batcher-lag', 'as fast as it can', 'pushed'],
	['batcher-lag', 'as recorded', 'pushed'],
	['invalid-message', 'as fast as it can', 'pushed'],
	['invalid-message', 'as recorded', 'pushed'],
	['invalid-message-twice', 'as fast as it can', 'pushed'],
	['invalid-message-twice', 'as recorded', 'pushed'],
	['invalid-message-twice', 'as recorded', 'http'],
	['cycle', 'as fast as it can', 'pushed'],
	['cycle', 'as recorded', 'pushed'],
])('%s, %s, events %s', (name, pace, events) => {
	it('ends as recorded: heads, chains, invalid blocks, sources, what the nodes were told, failsafe', async () => {
		const recording = await recordingOf(name)
		const replay = await replayed(recording, PACES[pace], 0, events)
		const failsafeOnInvalidation = pace === 'as recorded'
		const { supervisor, directory } = await supervise(recording, replay, { failsafeOnInvalidation })
		await endReached(supervisor, recording)
		for (const { chainId } of recording.chains) {
			await until(
				() => `the last heads being told; ${JSON.stringify(toldOf(replay, chainId).slice(-3))}`,
				() => lastHeadsTold(toldOf(replay, chainId), recording, chainId),
			)
		}
		expect(supervisor.stoppedChains.size).toBe(0)
		await supervisor.close()
		const hasInvalid = recording.chains.some(({ replacements }) => replacements.length > 0)
		expect(await isFailsafeOn(directory, recording)).toBe(failsafeOnInvalidation && hasInvalid)
		const rows = await allTables(directory, recording)
		for (const chain of recording.chains) {
			expectChains(rows, chain, recording)
			expectInvalidated(rows, chain)
			expectSources(rows, chain.chainId, recordedSources(name, recording, chain.chainId))
			expectTold(toldOf(replay, chain.chainId), chain)
		}
	})
})

async function isFailsafeOn(directory: string, { chains }: Recording): Promise<boolean> {
	const reader = await openReader({ directory, chains: chains.map(({ chainId }) => chainId) })
	try {
		return reader.read((view) => view.failsafe)
	} finally {
		await reader.close()
	}
}

function rowsOf<Row>(rows: readonly TableRow[], chainId: ChainId, table: TableRow['table']): Row[] {
	return rows.filter((row) => row.chainId === chainId && row.table === table).map((row) => row.row as Row)
}

/** The log index, local-safe and cross-safe are the recorded canonical chain, up to their heads. */
function expectChains(rows: readonly TableRow[], { chainId, blocks }: RecordedChain, recording: Recording) {
	const heads = recording.heads.get(chainId)
	const canonical = canonicalBlocks(blocks).map(blockId)
	for (const [table, level] of [
		['canonical', 'localUnsafe'],
		['local_safe', 'localSafe'],
		['cross_safe', 'crossSafe'],
	] as const) {
		const head = recordedHead(heads, level)
		const stored = rowsOf<BlockId>(rows, chainId, table).map(blockId)
		expect(stored, `${table} of ${chainId}`).toEqual(canonical.slice(0, (head?.number ?? -1) + 1))
	}
}

function expectInvalidated(rows: readonly TableRow[], { chainId, replacements }: RecordedChain) {
	const stored = rowsOf<InvalidatedBlock>(rows, chainId, 'invalidated')
	const pairs = stored.map(({ block, replacement }) => ({ invalidated: blockId(block), replacement }))
	expect(pairs).toEqual(replacements.map(({ invalidated, replacement }) => ({ invalidated, replacement })))
}

interface Sources {
	/** First source at which a block is cross-safe, by its number. */
	readonly blocks: ReadonlyMap<number, number>
	/** The last cross-safe block at a source. */
	readonly scopes: ReadonlyMap<number, number>
}

function recordedSources(name: RecordingName, recording: Recording, chainId: ChainId): Sources {
	const blocks = new Map<number, number>()
	const scopes = new Map<number, number>()
	for (const [derived, source] of recordedEntries(name, recording, chainId)) {
		if (!blocks.has(derived)) blocks.set(derived, source)
		scopes.set(source, derived)
	}
	return { blocks, scopes }
}

/** In none of these recordings do the rules give another source than the recorded one, for any block. */
function expectSources(rows: readonly TableRow[], chainId: ChainId, recorded: Sources) {
	const crossSafe = rowsOf<CrossSafeBlock>(rows, chainId, 'cross_safe')
	expect(new Map(crossSafe.map(({ number, scope }) => [number, scope]))).toEqual(recorded.blocks)
	const scopes = rowsOf<CrossSafeBlock>(rows, chainId, 'scopes')
	expect(new Map(scopes.map(({ number, scope }) => [scope, number]))).toEqual(recorded.scopes)
}

function lastHeadsTold(told: readonly Told[], recording: Recording, chainId: ChainId): boolean {
	const heads = recording.heads.get(chainId)
	const last = lastTold(told, 'crossSafe')
	const isSourceTold = last?.kind === 'crossSafe' && last.source.hash === heads?.crossSafe?.source.hash
	return (
		isSourceTold &&
		(['crossUnsafe', 'crossSafe', 'finalized'] as const).every((level) => {
			const head = recordedHead(heads, level)
			return head === undefined || lastTold(told, level)?.block.hash === head.hash
		})
	)
}

/** Cross-safe and finalized heads only rise, no head is an invalid block, and exactly those are to be replaced. */
function expectTold(told: readonly Told[], { replacements }: RecordedChain) {
	const invalid = new Map(replacements.map(({ invalidated }) => [invalidated.hash, invalidated.number]))
	const replaced = new Set<string>()
	let safe = { block: 0, source: 0 }
	let finalized = 0
	for (const one of told) {
		const { number, hash } = one.block
		if (one.kind === 'invalidate') {
			expect(invalid.get(hash)).toBe(number)
			expect(safe.block).toBeLessThan(number)
			replaced.add(hash)
			continue
		}
		expect(invalid.has(hash), `${one.kind} head ${number}`).toBe(false)
		if (one.kind === 'crossSafe') {
			expect(number).toBeGreaterThanOrEqual(safe.block)
			expect(one.source.number).toBeGreaterThanOrEqual(safe.source)
			safe = { block: number, source: one.source.number }
		}
		if (one.kind === 'finalized') {
			expect(number).toBeGreaterThanOrEqual(finalized)
			expect(number).toBeLessThanOrEqual(safe.block)
			finalized = number
		}
	}
	expect(replaced.size).toBe(invalid.size)
}
