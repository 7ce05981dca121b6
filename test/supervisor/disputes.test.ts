import { expect, it } from 'vitest'
import type { BlockRef, DerivedBlockRefPair } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Supervisor } from '../../src/supervisor/supervisor.js'
import { until } from './deadline.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { LyingNode } from './lying-node.js'
import { hashOf, sampleRecording } from './sample-recording.js'
import { allAnswered, headsReached, replayed, type Supervised, supervise } from './supervised.js'

const CHAIN = 901n as ChainId
const DERIVED = 60
const LIE_AT = 40
const LIE = hashOf(`another block ${LIE_AT}`)

type Event = Record<string, unknown>

const derivedNumber = (event: Event) =>
	(event.derivationUpdate as DerivedBlockRefPair | undefined)?.derived.number

const otherHash = (number: number) => hashOf(`another block ${number}`)

/** A block as a node has it that was led astray at LIE_AT. */
function astray<B extends BlockRef>(block: B): B {
	const { number } = block
	if (number < LIE_AT) return block
	const parentHash = number === LIE_AT ? block.parentHash : otherHash(number - 1)
	return { ...block, hash: otherHash(number), parentHash }
}

const lie: LyingNode['onEvent'] = (event) => {
	if (derivedNumber(event) === undefined) return [event]
	const { source, derived } = event.derivationUpdate as DerivedBlockRefPair
	return [{ ...event, derivationUpdate: { source, derived: astray(derived) } }]
}

const REF = 'interop_l2BlockRefByNumber'

/** From LIE_AT on the node derives other blocks than the true ones, and has them. */
function leadAstray(node: LyingNode): void {
	node.onEvent = lie
	node.lies.set(REF, (answer) =>
		answer.result === undefined ? answer : { ...answer, result: astray(answer.result as BlockRef) },
	)
}

function leadBack(node: LyingNode): void {
	node.onEvent = (event) => [event]
	node.lies.delete(REF)
}

/** Keeps what a node says from the link of a block on, until `release`. */
function holdFrom(node: LyingNode, number: number, then: LyingNode['onEvent'] = (event) => [event]) {
	const held: Event[] = []
	let isHolding = false
	node.onEvent = (event) => {
		isHolding ||= (derivedNumber(event) ?? 0) >= number
		if (!isHolding) return [event]
		held.push(event)
		return []
	}
	return {
		release: () => {
			node.onEvent = then
			node.emit(...held.splice(0).flatMap(then))
		},
	}
}

async function cluster(count: 1 | 2) {
	const recording = sampleRecording({ derived: DERIVED })
	const replay = await replayed(recording)
	const others = count === 2 ? await replayed(recording) : undefined
	const [first, second] = replay.nodes
	const other = others?.nodes[0]
	if (first === undefined || second === undefined) throw new Error('two chains are needed')
	const node = await LyingNode.before(first.url)
	const late = other && (await LyingNode.before(other.url))
	const nodes = [
		{ url: node.url, jwtSecret: replay.jwtSecret },
		{ url: second.url, jwtSecret: replay.jwtSecret },
		...(late && others ? [{ url: late.url, jwtSecret: others.jwtSecret }] : []),
	]
	return { recording, replay, node, late, start: () => supervise(recording, replay, { nodes }) }
}

const statusOf = (supervisor: Supervisor) => supervisor.reader.syncStatus().chains.get(CHAIN)
const hasLocalSafe = (supervisor: Supervisor, number: number) =>
	(statusOf(supervisor)?.localSafe.number ?? 0) >= number
const disputed = (supervisor: Supervisor) => () => supervisor.disputes.has(CHAIN)
const isTold = ({ logs }: Supervised) =>
	logs.find(({ msg }) => msg.startsWith('nodes disagree on a local-safe block'))

/** All heads reach the end, and every row of every table is as if nobody had lied. */
async function expectEnd({ supervisor, directory }: Supervised, recording: Recording): Promise<void> {
	await headsReached({ supervisor }, recording)
	await until('cross-safe to reach the end', () => statusOf(supervisor)?.safe.number === DERIVED)
	expect(supervisor.disputes.size).toBe(0)
	expect(supervisor.stoppedChains.size).toBe(0)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
}

it('two nodes disagree: the chain is not promoted, its links and the other chain go on; when they agree it goes on', async () => {
	const { recording, node, late, start } = await cluster(2)
	if (late === undefined) throw new Error('a second node is needed')
	leadAstray(late)
	const untruth = holdFrom(late, LIE_AT, lie)
	const truth = holdFrom(node, LIE_AT + 10)
	const supervised = await start()
	const { supervisor } = supervised
	await until('the true block to be local-safe', () => hasLocalSafe(supervisor, LIE_AT))
	untruth.release()
	await until('the dispute', disputed(supervisor))
	const before = statusOf(supervisor)
	truth.release()
	await headsReached(supervised, recording)
	await until('the other chain to be cross-safe', () => {
		return supervisor.reader.syncStatus().chains.get(902n as ChainId)?.safe.number === DERIVED
	})
	expect(supervisor.disputes.get(CHAIN)).toMatchObject({ block: { number: LIE_AT }, other: LIE })
	expect(isTold(supervised)).toMatchObject({
		level: 50,
		other: LIE,
		block: expect.stringContaining(`#${LIE_AT}`),
	})
	const { safe, crossUnsafe } = statusOf(supervisor) ?? {}
	expect({ safe, crossUnsafe }).toEqual({ safe: before?.safe, crossUnsafe: before?.crossUnsafe })
	expect(safe?.number).toBeLessThan(DERIVED)
	leadBack(late)
	await expectEnd(supervised, recording)
})

it.each([
	['while it derives', LIE_AT],
	['without a word, after it has derived all', DERIVED],
])(
	'the first node was wrong, and mends its ways %s: when no node has the stored block any more, the one that they have is taken',
	async (_when, lied) => {
		const { recording, node, late, start } = await cluster(2)
		if (late === undefined) throw new Error('a second node is needed')
		leadAstray(node)
		const truth = holdFrom(late, LIE_AT)
		const supervised = await start()
		const { supervisor } = supervised
		await until('the wrong blocks to be local-safe', () => hasLocalSafe(supervisor, lied))
		truth.release()
		await until('the dispute', disputed(supervisor))
		leadBack(node)
		await expectEnd(supervised, recording)
	},
)

it('the only node of a chain was wrong once: its second account is taken', async () => {
	const { recording, node, start } = await cluster(1)
	let lies = 0
	node.onEvent = (event) => (derivedNumber(event) === LIE_AT && lies++ === 0 ? lie(event) : [event])
	await expectEnd(await start(), recording)
})

it('a cross-safe block is never given up: the operator is told, and a restart does not forget', async () => {
	const { recording, replay, node, start } = await cluster(1)
	let link: Event = {}
	node.onEvent = (event) => {
		if (derivedNumber(event) === LIE_AT) link = event
		return [event]
	}
	const first = await start()
	await headsReached(first, recording)
	await allAnswered(recording, replay)
	await until('cross-safe to reach the end', () => statusOf(first.supervisor)?.safe.number === DERIVED)
	leadAstray(node)
	node.emit(...lie(link))
	await first.logs.logged(
		'what cannot be explained',
		({ level, msg }) => level === 60 && msg.includes('cross-safe'),
	)
	expect(statusOf(first.supervisor)?.safe.number).toBe(DERIVED)
	await first.supervisor.close()
	const second = await supervise(recording, replay, {
		directory: first.directory,
		nodes: [{ url: 'ws://127.0.0.1:1', jwtSecret: replay.jwtSecret }],
	})
	expect(second.supervisor.disputes.get(CHAIN)).toMatchObject({ other: LIE })
	await second.supervisor.close()
	leadBack(node)
	const third = await supervise(recording, replay, { directory: first.directory })
	await until('the agreement', () => !disputed(third.supervisor)())
})
