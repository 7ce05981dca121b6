import { describe, expect, it } from 'vitest'
import type { DerivedBlockRefPair } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { until } from './deadline.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { LyingNode } from './lying-node.js'
import { sampleRecording } from './sample-recording.js'
import { allAnswered, headsReached, providedTo, replayed, type Supervised, supervise } from './supervised.js'

const CHAIN = 901n as ChainId
/** More than a channel time-out, so that a walk after a reset does not begin at genesis. */
const DERIVED = 90

/** A cluster whose first node stands behind a proxy. */
async function behindProxy(change: (node: LyingNode) => void = () => undefined) {
	const recording = sampleRecording({ derived: DERIVED })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	change(node)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	return { recording, replay, node, ...(await supervise(recording, replay, { nodes })) }
}

/** The end of the recording is reached, with exactly these resets and every row of every table. */
async function expectAll(
	cluster: Supervised & { readonly recording: Recording; readonly replay: Replay },
	resets: number,
): Promise<void> {
	const { supervisor, directory, recording, replay } = cluster
	await headsReached(cluster, recording)
	await allAnswered(recording, replay)
	expect(supervisor.stoppedChains.size).toBe(0)
	expect(supervisor.resets).toBe(resets)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
}

/** Changes the first event that matches, and no other. */
function once(
	match: (event: Record<string, unknown>) => boolean,
	change: (event: Record<string, unknown>) => readonly object[],
): LyingNode['onEvent'] {
	let done = false
	return (event) => {
		if (done || !match(event)) return [event]
		done = true
		return change(event)
	}
}

const link = (event: Record<string, unknown>, kind: 'derivationUpdate' | 'exhaustL1') =>
	event[kind] as DerivedBlockRefPair | undefined
const derivedIs = (number: number) => (event: Record<string, unknown>) =>
	link(event, 'derivationUpdate')?.derived.number === number
const exhausted = (number: number) => (event: Record<string, unknown>) =>
	link(event, 'exhaustL1')?.source.number === number

describe('the plain reset', () => {
	it('a fresh node asks once and is reset once; then every row of every table is as recorded', async () => {
		const recording = sampleRecording({ derived: 150 })
		const replay = await replayed(recording)
		await expectAll({ recording, replay, ...(await supervise(recording, replay)) }, 2)
	})

	it('a node that asks again later walks over old sources: they are skipped, exhaustL1 is answered all the way', async () => {
		const cluster = await behindProxy()
		const { recording, replay, node } = cluster
		await headsReached(cluster, recording)
		await allAnswered(recording, replay)
		const before = replay.calls.length
		node.emit({ reset: 'reset: cannot continue derivation until Engine has been reset' })
		await allAnswered({ ...recording, chains: recording.chains.slice(0, 1) }, replay, before)
		const last = recording.heads.get(CHAIN)?.localSafe?.source.number ?? 0
		const walked = [...new Set(providedTo(replay, CHAIN, before))]
		const from = walked[0] ?? 0
		expect(from).toBeLessThan(last - 40)
		expect(from).toBeGreaterThan(1)
		expect(walked).toEqual(Array.from({ length: last + 2 - from }, (_, i) => from + i))
		await expectAll(cluster, 3)
	})
})

describe('what events can miss', () => {
	it.each<[string, (event: Record<string, unknown>) => boolean]>([
		['a new L2 block', derivedIs(40)],
		['a new L1 block', (event) => link(event, 'derivationUpdate')?.source.number === 41],
	])('a gap in the links (%s was lost) leads to exactly one reset', async (_, match) => {
		const cluster = await behindProxy((node) => {
			node.onEvent = once(match, () => [])
		})
		await expectAll(cluster, 3)
	})

	it('repeats are harmless: every event comes twice, and none is answered or stored twice', async () => {
		const cluster = await behindProxy((node) => {
			node.onEvent = (event) => ('reset' in event ? [event] : [event, event])
		})
		await headsReached(cluster, cluster.recording)
		await allAnswered(cluster.recording, cluster.replay)
		const provided = providedTo(cluster.replay, CHAIN)
		expect(new Set(provided.slice(0, DERIVED)).size).toBe(DERIVED)
		await expectAll(cluster, 2)
	})

	it('a swallowed exhaustL1 does not stop a chain: a silent node is given its next L1 block', async () => {
		const cluster = await behindProxy((node) => {
			node.onEvent = once(exhausted(40), () => [])
		})
		await expectAll(cluster, 2)
		expect(cluster.logs.find(({ msg }) => msg.includes('the node is silent'))).toBeDefined()
	})

	it('an exhaustL1 that repeats an old link while the node is ahead asks for nothing', async () => {
		const cluster = await behindProxy((node) => {
			let old: object | undefined
			node.onEvent = (event) => {
				if (exhausted(20)(event)) old = event
				return exhausted(60)(event) && old !== undefined ? [old, event] : [event]
			}
		})
		await expectAll(cluster, 2)
	})
})

it('a second node of a chain, later and on its own way, repeats what is known and disturbs nothing', async () => {
	const recording = sampleRecording({ derived: DERIVED })
	const [first, second] = [await replayed(recording), await replayed(recording)]
	const nodes = [...first.nodes, ...second.nodes].map(({ url }) => ({
		url,
		jwtSecret: first.nodes.some((node) => node.url === url) ? first.jwtSecret : second.jwtSecret,
	}))
	const { supervisor, directory } = await supervise(recording, first, { nodes, l1Urls: [first.l1Url] })
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, first)
	await allAnswered(recording, second)
	await until('all nodes to be at the end', () =>
		second.nodes.every(({ position }) => position.derived.number === DERIVED),
	)
	expect(supervisor.stoppedChains.size).toBe(0)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
})
