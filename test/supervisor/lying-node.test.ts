import { describe, expect, it } from 'vitest'
import type { RecordedChain } from '../../src/recording/recording.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { type Answer, type Lie, LyingNode } from './lying-node.js'
import { hashOf, sampleRecording } from './sample-recording.js'
import { headsReached, replayed, type Supervised, supervise } from './supervised.js'

const RECEIPTS = 'interop_fetchReceipts'
const REF = 'interop_l2BlockRefByNumber'

type Json = Record<string, unknown>

/** One wrong answer for one block, and how the operator is told. */
interface Case {
	readonly title: string
	readonly method: typeof RECEIPTS | typeof REF
	readonly lie: (result: unknown) => unknown
	readonly told: RegExp
}

/** Changes one receipt, or one log. */
const receipt = (index: number, change: (receipt: Json) => object) => (result: unknown) =>
	(result as Json[]).map((one, i) => (i === index ? change(one) : one))
const log = (index: number, change: (log: Json) => object) =>
	receipt(1, (one) => ({
		...one,
		logs: (one.logs as Json[]).map((it, i) => (i === index ? change(it) : it)),
	}))
const ref = (change: (ref: Json) => object) => (result: unknown) => change(result as Json)
const without = (member: string) => (from: Json) =>
	Object.fromEntries(Object.entries(from).filter(([name]) => name !== member))

const NESTED = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as unknown
const OTHER_HASH = hashOf('another block')

const WRONG_RECEIPTS: readonly Omit<Case, 'method'>[] = [
	{
		title: 'the receipts of another block',
		lie: receipt(0, (one) => ({ ...one, blockHash: OTHER_HASH })),
		told: /blockHash/,
	},
	{
		title: 'a receipt with another block number',
		lie: receipt(1, (one) => ({ ...one, blockNumber: '0x1' })),
		told: /blockNumber/,
	},
	{
		title: 'a log of another block',
		lie: log(1, (one) => ({ ...one, blockHash: OTHER_HASH })),
		told: /blockHash/,
	},
	{
		title: 'a log with another block number',
		lie: log(1, (one) => ({ ...one, blockNumber: '0x1' })),
		told: /blockNumber/,
	},
	{ title: 'a hole in the transactions', lie: (all) => (all as Json[]).slice(1), told: /transactionIndex/ },
	{
		title: 'transactions in another order',
		lie: (all) => (all as Json[]).toReversed(),
		told: /transactionIndex/,
	},
	{
		title: 'a hole in the logs',
		lie: receipt(1, (one) => ({ ...one, logs: (one.logs as Json[]).slice(1) })),
		told: /logIndex/,
	},
	{ title: 'a log twice', lie: log(1, (one) => ({ ...one, logIndex: '0x0' })), told: /logIndex/ },
	{
		title: 'a log of another transaction',
		lie: log(0, (one) => ({ ...one, transactionIndex: '0x7' })),
		told: /transactionIndex/,
	},
	{ title: 'a receipt without its block', lie: receipt(0, without('blockHash')), told: /blockHash/ },
	{ title: 'a log without its index', lie: log(0, without('logIndex')), told: /logIndex/ },
	{ title: 'null instead of receipts', lie: () => null, told: /receipts/ },
	{ title: 'a text instead of receipts', lie: () => '[]', told: /receipts/ },
	{ title: 'an object instead of receipts', lie: () => ({ length: 2 }), told: /receipts/ },
	{ title: 'null instead of a receipt', lie: () => [null], told: /receipts\[0\]/ },
	{ title: 'an array instead of a receipt', lie: () => [[]], told: /receipts\[0\]/ },
	{ title: 'logs that are no array', lie: receipt(1, (one) => ({ ...one, logs: { 0: {} } })), told: /logs/ },
	{ title: 'a log that is a number', lie: log(0, () => Object(1) as object), told: /logs\[0\]/ },
	{
		title: 'five topics',
		lie: log(0, (one) => ({ ...one, topics: Array(5).fill(OTHER_HASH) })),
		told: /topics/,
	},
	{
		title: 'a topic of 31 bytes',
		lie: log(0, (one) => ({ ...one, topics: [OTHER_HASH.slice(0, -2)] })),
		told: /topics/,
	},
	{ title: 'data of half a byte', lie: log(0, (one) => ({ ...one, data: '0xabc' })), told: /data/ },
	{
		title: 'an address that is no hex',
		lie: log(0, (one) => ({ ...one, address: `0x${'g'.repeat(40)}` })),
		told: /address/,
	},
	{
		title: 'a log index above 64 bits',
		lie: log(0, (one) => ({ ...one, logIndex: '0x10000000000000000' })),
		told: /logIndex/,
	},
	{ title: 'an array 2,000 levels deep', lie: () => NESTED, told: /receipts/ },
]

const WRONG_REFS: readonly Omit<Case, 'method'>[] = [
	{
		title: 'a block whose parent does not match',
		lie: ref((one) => ({ ...one, parentHash: OTHER_HASH })),
		told: /parent|build on/,
	},
	{
		title: 'another block than was asked for',
		lie: ref((one) => ({ ...one, number: 3 })),
		told: /for number/,
	},
	{
		title: 'a block without receipts',
		lie: ref((one) => ({ ...one, hash: OTHER_HASH })),
		told: /NodeBlockNotFoundError/,
	},
	{ title: 'a time before its parent', lie: ref((one) => ({ ...one, timestamp: 1 })), told: /time|build on/ },
	{ title: 'a number that is no whole number', lie: ref((one) => ({ ...one, number: 1.5 })), told: /number/ },
	{ title: 'a number beyond 2^53', lie: ref((one) => ({ ...one, number: 2 ** 60 })), told: /number/ },
	{ title: 'null instead of a block', lie: () => null, told: /l2BlockRef/ },
	{ title: 'a hash that is too short', lie: ref((one) => ({ ...one, hash: '0x12' })), told: /hash/ },
]

interface Liar {
	readonly node: LyingNode
	readonly chain: RecordedChain
	readonly cases: readonly Case[]
	readonly lies: ReturnType<typeof lieAbout>
}

/** Lies about one block at a time, until told to go on with the next. */
function lieAbout(
	node: LyingNode,
	cases: readonly Case[],
	first: number,
	hashes: ReadonlyMap<number, string>,
) {
	let at = 0
	const block = () => first + at
	const lie =
		(method: Case['method'], isAbout: (param: unknown) => boolean): Lie =>
		(answer, [param]): Answer => {
			const current = cases[at]
			const applies = current?.method === method && isAbout(param)
			return applies ? { ...answer, result: current.lie(answer.result) } : answer
		}
	node.lies.set(
		RECEIPTS,
		lie(RECEIPTS, (hash) => hash === hashes.get(block())),
	)
	node.lies.set(
		REF,
		lie(REF, (number) => number === block()),
	)
	return { block, next: () => at++ }
}

/**
 * A block that a node has told of is not asked for by number. So this one tells of its last block alone, and of what it
 * derives when the lies are through (`release`).
 */
function tellLastOnly(node: LyingNode, { blocks }: RecordedChain) {
	const held: Record<string, unknown>[] = []
	const last = blocks.at(-1)?.block.number
	node.onEvent = (event) => {
		const unsafe = event.unsafeBlock as { number: number } | undefined
		if (event.reset !== undefined || unsafe?.number === last) return [event]
		held.push(event)
		return []
	}
	return {
		release: () => {
			node.onEvent = (event) => [event]
			node.emit(...held.splice(0))
		},
	}
}

/** Chains among which the cases are divided: what takes time is that each lie is told several times. */
const LIARS = 6

async function runCases(cases: readonly Case[], verifyBlooms = false): Promise<void> {
	const chainIds = Array.from({ length: LIARS + 1 }, (_, i) => 901 + i)
	const recording = sampleRecording({ derived: 30, chainIds })
	const replay = await replayed(recording)
	const proxies = await Promise.all(replay.nodes.slice(0, LIARS).map(({ url }) => LyingNode.before(url)))
	const liars = proxies.map((node, i) => {
		const chain = recording.chains[i]
		if (chain === undefined) throw new Error('each liar needs a chain')
		const own = cases.filter((_, at) => at % LIARS === i)
		const quiet = cases.some(({ method }) => method === REF) ? tellLastOnly(node, chain) : undefined
		return { node, chain, cases: own, quiet, lies: lieAbout(node, own, FIRST_LIE, hashesOf(chain)) }
	})
	const honest = replay.nodes.slice(LIARS)
	const nodes = [...proxies, ...honest].map(({ url }) => ({ url, jwtSecret: replay.jwtSecret }))
	const supervised = await supervise(recording, replay, { nodes, verifyBlooms })
	const { supervisor, directory } = supervised
	await Promise.all(liars.map((liar) => runLiar(liar, supervised)))
	for (const { quiet } of liars) quiet?.release()
	await headsReached({ supervisor }, recording)
	expect(supervisor.stoppedChains.size).toBe(0)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
}

const FIRST_LIE = 5
const hashesOf = ({ blocks }: RecordedChain) => new Map(blocks.map(({ block }) => [block.number, block.hash]))

async function runLiar(liar: Liar, { supervisor, logs }: Supervised): Promise<void> {
	const { node, chain, cases, lies } = liar
	for (const { title, told } of cases) {
		const block = lies.block()
		const record = await logs.logged(
			`${title} (block ${block} of chain ${chain.chainId})`,
			(one) =>
				one.chain === `${chain.chainId}` &&
				one.blockNumber === block &&
				/does not get on|does not have the block/.test(one.msg),
		)
		expect(`${record.name}: ${record.message}`, title).toMatch(told)
		expect(supervisor.reader.localUnsafe(chain.chainId).number, title).toBe(block - 1)
		lies.next()
		if (/does not have/.test(record.msg)) node.emit({ unsafeBlock: chain.blocks.at(-1)?.block ?? {} })
	}
}

describe('a node that lies: its chain waits, the operator is told, nothing wrong is stored, and all goes on after', () => {
	it('receipts', () =>
		runCases(
			WRONG_RECEIPTS.map((one) => ({ ...one, method: RECEIPTS })),
			false,
		))

	it('receipts, with blooms checked', async () => {
		const wrongBlooms: Omit<Case, 'method'>[] = [
			{
				title: 'a log that is not in the bloom',
				lie: log(0, (one) => ({ ...one, topics: [OTHER_HASH] })),
				told: /logsBloom/,
			},
			{
				title: 'a bloom of more than the logs',
				lie: receipt(0, (one) => ({ ...one, logsBloom: `0x${'0'.repeat(511)}1` })),
				told: /logsBloom/,
			},
			{ title: 'no bloom', lie: receipt(1, without('logsBloom')), told: /logsBloom/ },
		]
		const cases = [...wrongBlooms, ...WRONG_RECEIPTS.slice(0, 6)]
		await runCases(
			cases.map((one) => ({ ...one, method: RECEIPTS })),
			true,
		)
	})

	it('block refs', () =>
		runCases(
			WRONG_REFS.map((one) => ({ ...one, method: REF })),
			false,
		))
})
