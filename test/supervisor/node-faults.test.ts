import { expect, it } from 'vitest'
import { type BlockRef, blockId, type L2BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { clusterOf } from '../../src/recording/cluster-of.js'
import { until, withDeadline } from './deadline.js'
import { expectedTables, storedGeneration, storedTables } from './expected-tables.js'
import { Gate } from './gate.js'
import { LyingNode } from './lying-node.js'
import { sampleReceipts } from './sample-receipts.js'
import { childOf, extend, sampleRecording } from './sample-recording.js'
import { allAnswered, atHeads, headsReached, replayed, supervise } from './supervised.js'

const A = 901n as ChainId
const B = 902n as ChainId
const WARN = 40

/** Makes the node show `blocks` from number `from` on, until the returned function is called. */
function showInstead(node: LyingNode, blocks: readonly BlockRef[], from: number): () => void {
	const head = blocks.at(-1)
	const byHash = new Map<unknown, BlockRef>(blocks.slice(from).map((block) => [block.hash, block]))
	node.lies.set('interop_l2BlockRefByNumber', (answer, [number]) => {
		const block = blocks[Number(number)]
		if (Number(number) < from) return answer
		if (block === undefined) return { id: answer.id ?? 0, error: { code: -32000, message: 'not found' } }
		return {
			...answer,
			result: { ...block, l1origin: (answer.result as L2BlockRef).l1origin, sequenceNumber: 0 },
		}
	})
	node.lies.set('interop_fetchReceipts', (answer, [hash]) => {
		const block = byHash.get(hash)
		return block === undefined
			? answer
			: { id: answer.id ?? 0, result: JSON.parse(`${sampleReceipts(block, 3)}`) }
	})
	node.onEvent = (event) => ['unsafeBlock' in event ? { unsafeBlock: head } : event]
	return () => {
		node.lies.clear()
		node.onEvent = (event) => [event]
	}
}

it('a node with another JWT secret: its chain waits, the error says what to do, the other chain goes on', async () => {
	const recording = sampleRecording({ derived: 20 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const nodes = [
		{ url: first.url, jwtSecret: Buffer.alloc(32, 7) },
		{ url: second.url, jwtSecret: replay.jwtSecret },
	]
	const { supervisor, logs } = await supervise(recording, replay, { nodes })
	const { node, reason } = await logs.logged('the refused node', ({ msg }) => msg === 'node is refused')
	expect(node).toContain(new URL(first.url).host)
	expect(reason).toMatch(/JWT.*401.*check that --l2-consensus\.jwt-secret is the secret of this node/)
	await headsReached({ supervisor }, recording, [B])
	expect(supervisor.reader.localUnsafe(A).number).toBe(0)
	expect(supervisor.stoppedChains.size).toBe(0)
	expect(JSON.stringify(logs.records)).not.toContain('07'.repeat(8))
})

it('a node of a chain outside of the dependency set is refused by name, and the others go on', async () => {
	const all = sampleRecording({ derived: 20, chainIds: [901, 902, 903] })
	const replay = await replayed(all)
	const recording = sampleRecording({ derived: 20, chainIds: [901, 902] })
	const { supervisor, logs } = await supervise(recording, replay, { cluster: clusterOf(recording) })
	const { reason } = await logs.logged('the refused node', ({ msg }) => msg === 'node is refused')
	expect(reason).toMatch(
		/node is of chain 903, expected 901 or 902: check --l2-consensus\.nodes and the dependency set/,
	)
	await headsReached({ supervisor }, recording)
	expect(supervisor.stoppedChains.size).toBe(0)
})

it('a node that disappears in mid-range and comes back on the same port is taken up where it was left', async () => {
	const recording = sampleRecording({ derived: 200 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	let receipts = 0
	let inFlight: () => void = () => undefined
	const midRange = new Promise<void>((resolve) => {
		inFlight = resolve
	})
	// The answers to 70 calls come, those to the others never: the range is half done when the sockets are cut.
	node.lies.set('interop_fetchReceipts', async (answer) => {
		if (++receipts <= 70) return answer
		inFlight()
		return new Promise(() => undefined)
	})
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const { supervisor, directory, logs } = await supervise(recording, replay, { nodes })
	await withDeadline('receipts in flight', midRange)
	await node.stop()
	await logs.logged('the lost node', ({ msg }) => msg === 'managed node is down')
	await headsReached({ supervisor }, recording, [B])
	const stoodAt = supervisor.reader.localUnsafe(A).number
	expect(stoodAt).toBeLessThan(recording.heads.get(A)?.localUnsafe?.number ?? 0)
	node.lies.clear()
	await node.listen()
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
})

it('a node that loses its connection again and again still comes to the end', async () => {
	const recording = sampleRecording({ derived: 150 })
	const replay = await replayed(recording, { kind: 'asap' }, 2)
	const { supervisor, directory } = await supervise(recording, replay)
	for (const at of [10, 30, 60, 100]) {
		await until(`local-safe ${at}`, () => (replay.nodes[0]?.position.derived.number ?? 0) >= at)
		for (const node of replay.nodes) node.dropConnections()
	}
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
})

it('nodes that are down at the start are waited for', async () => {
	const recording = sampleRecording({ derived: 20 })
	const replay = await replayed(recording)
	for (const node of replay.nodes) node.refusing = true
	const { supervisor, logs } = await supervise(recording, replay)
	for (const chain of [A, B]) {
		const index = chain === A ? 0 : 1
		const host = new URL(replay.nodes[index]?.url ?? '').host
		await logs.logged(
			`${host} is down`,
			({ msg, node }) => msg === 'managed node is down' && `${node}`.includes(host),
		)
	}
	for (const node of replay.nodes) node.refusing = false
	await headsReached({ supervisor }, recording)
})

it('a node whose unsafe chain reorganises: the index is cut to the common block and follows, the generation grows', async () => {
	const recording = sampleRecording({ derived: 20, ahead: 40 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	const [chain] = recording.chains
	if (first === undefined || second === undefined || chain === undefined)
		throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const winner = chain.blocks.map(({ block }) => block)
	const loser = extend(A, winner.slice(0, 30), 49, 'loser')
	const backToTruth = showInstead(node, loser, 30)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const { supervisor, directory, logs } = await supervise(recording, replay, { nodes })
	await until(
		'the head of the first branch',
		() => supervisor.reader.localUnsafe(A).hash === loser.at(-1)?.hash,
	)
	backToTruth()
	node.emit({ unsafeBlock: winner.at(-1) })
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	expect(logs.find(({ msg }) => msg.startsWith('unsafe reorg'))).toMatchObject({
		to: expect.stringMatching(/^#29 /),
		depth: 20,
	})
	expect(supervisor.stoppedChains.size).toBe(0)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
	expect(await storedGeneration(directory, recording)).toBe(1)
})

it('a local-safe block that differs from the indexed one wins: the index is cut back and follows it', async () => {
	const recording = sampleRecording({ derived: 60, fork: { from: 30, length: 50 } })
	const replay = await replayed(recording)
	// Without L1 nothing is derived: the blocks that L1 does not know are indexed first.
	const gate = await Gate.before(replay.l1Url)
	const { supervisor, directory, logs } = await supervise(recording, replay, { l1Urls: [gate.url] })
	await until('the head of the first branch', () => supervisor.reader.localUnsafe(A).number === 79)
	await gate.open()
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	expect(logs.find(({ msg }) => msg.startsWith('unsafe reorg'))?.to).toMatch(/^#29 /)
	expect(supervisor.stoppedChains.size).toBe(0)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
	expect(await storedGeneration(directory, recording)).toBeGreaterThanOrEqual(2)
})

it('an unsafe block that the node announces but does not have is not waited for for ever', async () => {
	const recording = sampleRecording({ derived: 20 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const { supervisor, logs } = await supervise(recording, replay, { nodes })
	await headsReached({ supervisor }, recording)
	const head = recording.chains[0]?.blocks.at(-1)?.block
	node.emit({ unsafeBlock: childOf('nobody', head) })
	await logs.logged('the block that is given up', ({ msg }) => msg.startsWith('node does not have the block'))
	expect(atHeads(supervisor, recording, A)).toBe(true)
})

it('10,000 events at once are all handled, in order, and nothing of them is lost', async () => {
	const derived = 3_500
	const recording = sampleRecording({ derived, chainIds: [901], logsPerBlock: 0 })
	const replay = await replayed(recording)
	const [behind] = replay.nodes
	const [chain] = recording.chains
	if (behind === undefined || chain === undefined) throw new Error('a node is needed')
	const node = await LyingNode.before(behind.url)
	// The node says nothing of its derivation by itself; the flood says everything.
	node.onEvent = (event) => ('derivationUpdate' in event || 'exhaustL1' in event ? [] : [event])
	const nodes = [{ url: node.url, jwtSecret: replay.jwtSecret }]
	const reset = node.called('interop_reset')
	const { supervisor, directory, logs } = await supervise(recording, replay, { nodes })
	await withDeadline('the first reset', reset)
	await logs.logged('the end of the reset', ({ msg }) => msg === 'the node is reset')
	const blocks = chain.blocks.map(({ block }) => block)
	const links = new Map(chain.links.map((link) => [link.derived.number, link.source.number]))
	const flood: object[] = []
	let at = 0
	for (const { block: source } of recording.l1.slice(0, (links.get(derived) ?? 0) + 1)) {
		const step = () => ({ derivationUpdate: { source, derived: blocks[at] } })
		flood.push({ ...step(), derivationOriginUpdate: source })
		while (links.get(at + 1) === source.number) {
			at++
			flood.push(step())
		}
		flood.push({ exhaustL1: { source, derived: blocks[at] } })
	}
	expect(flood.length).toBeGreaterThan(10_000)
	node.emit(...flood)
	await headsReached({ supervisor }, recording)
	await until('the answer to the last exhaustL1', () =>
		node.calls.some(({ method, params }) => {
			const [block] = (params ?? []) as [{ number: number }?]
			return method === 'interop_provideL1' && block?.number === (links.get(derived) ?? 0) + 1
		}),
	)
	expect(supervisor.resets).toBe(1)
	expect(logs.records.filter(({ level }) => level > WARN)).toEqual([])
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording, 0))
	expect(blockId(blocks.at(-1) ?? behind.position.unsafe)).toEqual(behind.position.unsafe)
})

it('a block that one node of a chain cannot give is taken from another one', async () => {
	const recording = sampleRecording({ derived: 20, chainIds: [901] })
	const [broken, whole] = [await replayed(recording), await replayed(recording)]
	const [behind] = broken.nodes
	if (behind === undefined) throw new Error('a node is needed')
	const node = await LyingNode.before(behind.url)
	const lost = recording.chains[0]?.blocks[10]?.block.hash
	node.lies.set('interop_fetchReceipts', (answer, [hash]) =>
		hash === lost
			? { id: answer.id ?? 0, error: { code: -32000, message: 'the database is damaged' } }
			: answer,
	)
	const nodes = [
		{ url: node.url, jwtSecret: broken.jwtSecret },
		...whole.nodes.map(({ url }) => ({ url, jwtSecret: whole.jwtSecret })),
	]
	const { supervisor } = await supervise(recording, broken, { nodes })
	await headsReached({ supervisor }, recording)
})
