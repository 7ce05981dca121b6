import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BlockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { ZERO_HASH } from '../../src/protocol/hash.js'
import { readIdentities } from '../../src/storage/index.js'
import { blockKey } from '../../src/storage/keys.js'
import { INVARIANTS, type InvariantName } from '../../src/verify/invariants.js'
import { type Breaking, executions, present, type RecordedRun, recordedRun } from './recorded-run.js'

let run: RecordedRun
beforeAll(async () => {
	run = await recordedRun('invalid-message')
})
afterAll(() => run.remove())

const OTHER_HASH = `0x${'ab'.repeat(32)}` as BlockId['hash']

test('a store that was not touched holds everything', async () => {
	expect(await run.faultsAfter(() => undefined)).toEqual([])
	expect((await readIdentities(run.directory)).map(({ chainId }) => chainId)).toEqual(run.chainIds)
})

/** What is broken how, and the fault that must be among those found: invariant, chain (0: L1), block. */
const CASES: readonly (readonly [
	what: string,
	breakIt: (parts: Breaking) => unknown,
	invariant: InvariantName,
	place: (chains: {
		readonly chain: ChainId
		readonly other: ChainId
	}) => readonly [ChainId | null, number | null],
])[] = [
	[
		'an L1 block with another parent',
		({ tables }) => {
			const row = present(tables.l1.get(20, {}))
			tables.l1.put(20, { ...row, parentHash: OTHER_HASH })
		},
		'l1-chain',
		() => [null, 20],
	],
	[
		'an L1 block that is not later',
		({ tables }) => {
			const row = present(tables.l1.get(20, {}))
			tables.l1.put(20, { ...row, timestamp: present(tables.l1.get(19, {})).timestamp })
		},
		'l1-chain',
		() => [null, 20],
	],
	[
		'a finalized L1 block of another chain',
		({ tables }) => {
			const { at, row } = present(tables.l1.first({}))
			tables.state.put('finalizedL1', { ...row, number: at, hash: OTHER_HASH })
		},
		'finalized-l1',
		() => [null, 0],
	],
	[
		'another genesis block',
		({ chain }) => chain.canonical.put(0, { ...present(chain.canonical.get(0, {})), hash: OTHER_HASH }),
		'genesis',
		({ chain }) => [chain, 0],
	],
	[
		'a hole in the log index',
		({ chain }) => chain.canonical.remove(7),
		'log-index',
		({ chain }) => [chain, 8],
	],
	[
		'an indexed block on another parent',
		({ otherChain }) =>
			otherChain.canonical.put(9, { ...present(otherChain.canonical.get(9, {})), parentHash: OTHER_HASH }),
		'log-index',
		({ other }) => [other, 9],
	],
	[
		'an indexed block that is not later',
		({ chain }) => chain.canonical.put(9, { ...present(chain.canonical.get(9, {})), timestamp: 1 }),
		'log-index',
		({ chain }) => [chain, 9],
	],
	[
		'a log record that is gone',
		({ chain }) =>
			chain.logs.remove(blockKey({ number: 12, hash: present(chain.canonical.get(12, {})).hash })),
		'log-record',
		({ chain }) => [chain, 12],
	],
	[
		'a log record with a bit that changed',
		({ chain }) => {
			const key = blockKey({ number: 12, hash: present(chain.canonical.get(12, {})).hash })
			const record = Buffer.from(present(chain.logs.getBinary(key)))
			record.writeUInt8(record.readUInt8(30) ^ 1, 30)
			return chain.logs.put(key, record)
		},
		'log-record',
		({ chain }) => [chain, 12],
	],
	[
		'another number of logs than in the record',
		({ chain }) => chain.canonical.put(12, { ...present(chain.canonical.get(12, {})), logCount: 9 }),
		'log-record',
		({ chain }) => [chain, 12],
	],
	[
		'a row that has another length',
		({ tables, chain }) => {
			const db = tables.env.openDB<Buffer, Buffer>({
				name: `cross_safe/${chain.chainId}`,
				keyEncoding: 'binary',
				encoding: 'binary',
			})
			const key = Buffer.alloc(8)
			key.writeBigUInt64BE(5n)
			return db.put(key, Buffer.alloc(3))
		},
		'readable',
		({ chain }) => [chain, null],
	],
	[
		'a hole in the local-safe chain',
		({ chain }) => chain.localSafe.remove(7),
		'local-safe',
		({ chain }) => [chain, 8],
	],
	[
		'a local-safe chain that has lost its first row',
		({ chain }) => chain.localSafe.remove(present(chain.localSafe.first({})).at),
		'local-safe',
		({ chain }) => [chain, 1],
	],
	[
		'a local-safe block that is not later than its parent',
		({ chain }) => {
			const { timestamp } = present(chain.localSafe.get(6, {}))
			chain.localSafe.put(7, { ...present(chain.localSafe.get(7, {})), timestamp })
		},
		'local-safe',
		({ chain }) => [chain, 7],
	],
	[
		'a local-safe block that is not the indexed one',
		({ chain }) => chain.localSafe.put(7, { ...present(chain.localSafe.get(7, {})), hash: OTHER_HASH }),
		'cross-safe',
		({ chain }) => [chain, 7],
	],
	[
		'a local-safe block whose source goes back',
		({ chain }) => {
			const row = present(chain.localSafe.get(9, {}))
			chain.localSafe.put(9, { ...row, source: present(chain.localSafe.get(8, {})).source - 1 })
		},
		'sources',
		({ chain }) => [chain, 9],
	],
	['a hole in the sources', ({ chain }) => chain.sources.remove(8), 'sources', ({ chain }) => [chain, 9]],
	[
		'a source that is not on L1',
		({ chain }) => chain.sources.put(8, { ...present(chain.sources.get(8, {})), hash: OTHER_HASH }),
		'sources',
		({ chain }) => [chain, 8],
	],
	[
		'a source that was left and is not complete',
		({ chain }) => chain.sources.put(8, { ...present(chain.sources.get(8, {})), complete: false }),
		'sources',
		({ chain }) => [chain, 9],
	],
	[
		'a source that ends at a block that is not local-safe',
		({ otherChain }) =>
			otherChain.sources.put(8, { ...present(otherChain.sources.get(8, {})), derivedHash: OTHER_HASH }),
		'sources',
		({ other }) => [other, 8],
	],
	[
		'a hole in the cross-safe chain',
		({ chain }) => chain.crossSafe.remove(7),
		'cross-safe',
		({ chain }) => [chain, 8],
	],
	[
		'a block that is cross-safe before its source',
		({ chain }) => {
			const { source } = present(chain.localSafe.get(7, {}))
			chain.crossSafe.put(7, { ...present(chain.crossSafe.get(7, {})), scope: source - 1 })
		},
		'scopes',
		({ chain }) => [chain, 7],
	],
	[
		'a scope that ends before its last cross-safe block',
		({ chain }) => {
			const { number } = present(chain.scopes.get(10, {}))
			chain.scopes.put(10, { number: number - 1, hash: present(chain.localSafe.get(number - 1, {})).hash })
		},
		'scopes',
		({ chain }) => [chain, 10],
	],
	[
		'a cross-unsafe head that is not in the log index',
		({ tables, chain }) => tables.state.put(`crossUnsafe/${chain.chainId}`, { number: 10, hash: OTHER_HASH }),
		'heads',
		({ chain }) => [chain, 10],
	],
	[
		'a cross-unsafe head below the cross-safe one',
		({ tables, chain }) => {
			const { hash } = present(chain.canonical.get(3, {}))
			tables.state.put(`crossUnsafe/${chain.chainId}`, { number: 3, hash })
		},
		'heads',
		({ chain }) => [chain, 3],
	],
	[
		'an invalid block that is local-safe again',
		({ chain }) => {
			const { hash, parentHash, timestamp } = present(chain.canonical.get(9, {}))
			const block = { number: 9, hash, parentHash, timestamp }
			chain.invalidated.put({ block, source: 9, scope: 9, replacement: null, rule: 'x', time: 0 })
		},
		'invalidated',
		({ chain }) => [chain, 9],
	],
	[
		'a replacement that does not stand in its place',
		({ chain }) => {
			const [row] = [...chain.invalidated.rows({})]
			if (row === undefined) expect.fail('nothing was replaced')
			chain.invalidated.put({ ...row, replacement: { number: row.block.number, hash: ZERO_HASH } })
		},
		'invalidated',
		({ chain }) => [chain, -1],
	],
]

test.each(CASES)('%s is found, and where', async (_what, breakIt, invariant, place) => {
	const faults = await run.faultsAfter(breakIt)
	const [chainId, block] = place(run)
	const matching = faults.filter((fault) => fault.invariant === invariant && fault.chainId === chainId)
	const found = faults.map((fault) => `${fault.invariant} ${fault.chainId} ${fault.block}`)
	expect(matching.length, found.join('\n')).toBeGreaterThan(0)
	if (block !== -1) expect(matching.map((fault) => fault.block)).toContain(block)
	for (const fault of matching) expect(fault.detail).not.toBe('')
})

test('a cross-safe message whose log was another one all the time is found', async () => {
	let expected: object | undefined
	const faults = await run.faultsAfter(async ({ tables }) => {
		const [execution] = executions(tables)
		const { chainId, block, message } = execution ?? expect.fail('the recording executes no message')
		const initiating = tables.chains.get(message.chainId) ?? expect.fail()
		const { hash } = present(initiating.canonical.get(Number(message.blockNumber), {}))
		await initiating.logs.remove(blockKey({ number: Number(message.blockNumber), hash }))
		expected = { invariant: 'cross-safe-message', chainId, block: block.number }
	})
	expect(faults).toContainEqual(expect.objectContaining(expected ?? {}))
})

test('a message that was derived after the scope of the block that executes it is found', async () => {
	let expected: object | undefined
	const faults = await run.faultsAfter(({ tables }) => {
		const found = executions(tables)
		const execution = found.find(({ block, message }) => message.timestamp < BigInt(block.timestamp))
		const { chainId, block, message } = execution ?? expect.fail('no message of an earlier time')
		const number = Number(message.blockNumber)
		const initiating = tables.chains.get(message.chainId) ?? expect.fail()
		const row = present(initiating.crossSafe.get(number, {}))
		initiating.crossSafe.put(number, { ...row, scope: 1_000_000 })
		expected = { invariant: 'cross-safe-message', chainId, block: block.number }
	})
	expect(faults).toContainEqual(expect.objectContaining(expected ?? {}))
})

test('a message of a cross-unsafe block that is not in the log index is found', async () => {
	let expected: object | undefined
	const faults = await run.faultsAfter(({ tables }) => {
		const [execution] = executions(tables)
		const { chainId, block, message } = execution ?? expect.fail('the recording executes no message')
		tables.chains.get(chainId)?.crossSafe.removeAbove(block.number - 1)
		tables.chains.get(message.chainId)?.canonical.remove(Number(message.blockNumber))
		expected = { invariant: 'cross-unsafe-message', chainId, block: block.number }
	})
	expect(faults).toContainEqual(expect.objectContaining(expected ?? {}))
})

test('every invariant has a case here', () => {
	const covered = new Set<string>([
		...CASES.map(([, , invariant]) => invariant),
		'cross-safe-message',
		'cross-unsafe-message',
	])
	expect([...covered].sort()).toEqual(Object.keys(INVARIANTS).sort())
})
