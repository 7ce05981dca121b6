import { expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import type { Recording } from '../../src/recording/recording.js'
import { type ProxiedCall, type Route, startL1Proxy } from '../l1/l1-proxy.js'
import { afterTest } from './cleanup.js'
import { until } from './deadline.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { extend, sampleRecording } from './sample-recording.js'
import { allAnswered, headsReached, replayed, supervise } from './supervised.js'

const DERIVED = 60
const FORK = 10

const asHeader = ({ hash, number, parentHash, timestamp }: BlockRef) => ({
	hash,
	parentHash,
	number: `0x${number.toString(16)}`,
	timestamp: `0x${timestamp.toString(16)}`,
})

/** L1 behind a proxy that can serve another branch from block FORK on, as its tip, as its finalized block, or both. */
async function forkedL1(recording: Recording, target: string) {
	const canonical = recording.l1.map(({ block }) => block)
	const other = extend('l1', canonical.slice(0, FORK), canonical.length - 1, 'other')
	const state: { whole: boolean; label: boolean } = { whole: false, label: false }
	const route = ({ method, params }: ProxiedCall): Route => {
		const which = method === 'eth_getBlockByNumber' ? params[0] : undefined
		if (which === undefined) return { target }
		const isOther = state.whole || (state.label && which === 'finalized')
		if (!isOther && which !== 'finalized') return { target }
		const number = which === 'latest' ? other.length - 1 : which === 'finalized' ? FORK + 30 : Number(which)
		const block = (isOther ? other : canonical)[number]
		return { result: block === undefined ? null : asHeader(block) }
	}
	const proxy = await startL1Proxy(route)
	afterTest(() => proxy.close())
	return { proxy, state }
}

it('an L1 that has other blocks in final places is not followed after a restart: nothing is given to nodes, loudly', async () => {
	const recording = sampleRecording({ derived: DERIVED })
	const replay = await replayed(recording)
	const { proxy, state } = await forkedL1(recording, replay.l1Url)
	const options = { l1Urls: [proxy.url] }
	const first = await supervise(recording, replay, options)
	await headsReached(first, recording)
	await allAnswered(recording, replay)
	await until('finality beyond the fork', () => finalizedL2(first) > FORK)
	await first.supervisor.close()
	const before = await storedTables(first.directory, recording)

	state.whole = true
	const from = replay.calls.length
	const second = await supervise(recording, replay, { ...options, directory: first.directory })
	await second.logs.logged(
		'the contradiction',
		({ level, msg }) => level === 60 && msg.startsWith('L1 contradicts'),
	)
	expect(second.supervisor.l1Contradiction).toMatchObject({ name: 'L1ContradictionError' })
	expect(replay.calls.slice(from).filter(({ method }) => method === 'interop_provideL1')).toEqual([])

	state.whole = false
	await second.logs.logged('the end of it', ({ msg }) => msg.startsWith('L1 agrees'))
	expect(second.supervisor.l1Contradiction).toBeUndefined()
	await second.supervisor.close()
	expect(await storedTables(first.directory, recording)).toEqual(before)
	expect(before).toEqual(expectedTables(recording))
})

it.each(['whole', 'label'] as const)(
	'the same while it runs (%s is of the other branch): finality and heads stay',
	async (what) => {
		const recording = sampleRecording({ derived: DERIVED })
		const replay = await replayed(recording)
		const { proxy, state } = await forkedL1(recording, replay.l1Url)
		const supervised = await supervise(recording, replay, { l1Urls: [proxy.url] })
		const { supervisor, logs, directory } = supervised
		await headsReached(supervised, recording)
		await until('finality beyond the fork', () => finalizedL2(supervised) > FORK)
		state[what] = true
		await logs.logged(
			'the contradiction',
			({ level, msg }) => level >= 50 && msg.startsWith('L1 contradicts'),
		)
		const final = finalizedL2(supervised)
		state[what] = false
		await allAnswered(recording, replay)
		expect(finalizedL2(supervised)).toBeGreaterThanOrEqual(final)
		expect(supervisor.stoppedChains.size).toBe(0)
		await supervisor.close()
		expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
	},
)

function finalizedL2({ supervisor }: Awaited<ReturnType<typeof supervise>>): number {
	return Math.min(
		...[...supervisor.reader.syncStatus().chains.values()].map(({ finalized }) => finalized.number),
	)
}
