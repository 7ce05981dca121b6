import { expect, test } from 'vitest'
import {
	type ClusterState,
	changesBetween,
	invalidationsBetween,
	type KnownInvalidation,
} from '../../src/api/cluster-change.js'
import { startRpcServer } from '../../src/api/rpc-server.js'
import type { BlockId } from '../../src/protocol/block.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import type { Hash } from '../../src/protocol/hash.js'
import type { SafetyLevel } from '../../src/protocol/safety-level.js'
import { endReached, recordedHead } from '../promotion/recorded-end.js'
import { recordingOf } from '../promotion/recordings.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { SocketClient } from './socket-client.js'

const CHAIN = chainIdFromBigint(901n)
const block = (number: number, branch = '0'): BlockId => ({
	hash: `0x${branch.repeat(63)}${number}` as Hash,
	number,
})
const state = (heads: Partial<Record<SafetyLevel, BlockId>>, failsafe = false): ClusterState => ({
	generation: 0,
	failsafe,
	progress: '',
	heads: new Map([[CHAIN, new Map(Object.entries(heads) as [SafetyLevel, BlockId][])]]),
})
const head = (level: SafetyLevel, now: BlockId | undefined) => ({
	kind: 'heads',
	chainId: CHAIN,
	level,
	block: now,
})

test.each<[string, ClusterState | undefined, ClusterState, unknown[]]>([
	['nothing', state({ safe: block(1) }), state({ safe: block(1) }), []],
	['forwards', state({ safe: block(1) }), state({ safe: block(2) }), [head('safe', block(2))]],
	['back', state({ unsafe: block(2) }), state({ unsafe: block(1) }), [head('unsafe', block(1))]],
	[
		'another block',
		state({ unsafe: block(2) }),
		state({ unsafe: block(2, '1') }),
		[head('unsafe', block(2, '1'))],
	],
	['the first', state({}), state({ finalized: block(0) }), [head('finalized', block(0))]],
	['gone', state({ safe: block(1) }), state({}), [head('safe', undefined)]],
	['failsafe', state({}), state({}, true), [{ kind: 'failsafe', enabled: true }]],
	[
		'from nothing: all',
		undefined,
		state({ safe: block(1) }),
		[head('safe', block(1)), { kind: 'failsafe', enabled: false }],
	],
])('what changed: %s', (_what, before, now, expected) => {
	expect(changesBetween(before, now)).toEqual(expected)
})

test('an invalid block is told when it is found, replaced, and withdrawn', () => {
	const invalid: KnownInvalidation = {
		chainId: CHAIN,
		block: block(5),
		reason: 'why',
		replacement: undefined,
		state: 'invalid',
	}
	const replaced: KnownInvalidation = { ...invalid, replacement: block(5, '1'), state: 'replaced' }
	const kind = 'invalidations'
	expect(invalidationsBetween([], [invalid])).toEqual([{ kind, ...invalid }])
	expect(invalidationsBetween([invalid], [invalid])).toEqual([])
	expect(invalidationsBetween([invalid], [replaced])).toEqual([{ kind, ...replaced }])
	expect(invalidationsBetween([replaced], [])).toEqual([{ kind, ...replaced, state: 'withdrawn' }])
})

test('a subscriber of a running supervisor ends with its heads, invalidations and failsafe', async () => {
	const recording = await recordingOf('invalid-message')
	const replay = await replayed(recording)
	const { supervisor, logs } = await supervise(recording, replay, { failsafeOnInvalidation: true })
	const server = await startRpcServer(
		{ addr: '127.0.0.1', port: 0 },
		{ log: logs.log, version: '1.2.3', ...supervisor.api },
	)
	afterTest(() => server.close())
	const client = await SocketClient.open(server.port)
	const heads = await client.subscribe('heads')
	const invalidations = await client.subscribe('invalidations')
	const failsafe = await client.subscribe('failsafe')
	await endReached(supervisor, recording)
	const lastHead = (chainId: bigint, level: string) =>
		client.told(heads).findLast((told) => told.chainID === `${chainId}` && told.level === level)?.block
	for (const { chainId } of recording.chains) {
		for (const [level, name] of [
			['unsafe', 'localUnsafe'],
			['cross-unsafe', 'crossUnsafe'],
			['local-safe', 'localSafe'],
			['safe', 'crossSafe'],
			['finalized', 'finalized'],
		] as const) {
			const expected = recordedHead(recording.heads.get(chainId), name)
			await until(
				() => `${level} of ${chainId}: ${JSON.stringify(lastHead(chainId, level))}`,
				() => (lastHead(chainId, level) as BlockId | undefined)?.hash === expected?.hash,
			)
		}
	}
	const replacements = recording.chains.flatMap(({ chainId, replacements }) =>
		replacements.map(({ invalidated, replacement }) => [`${chainId}`, invalidated, replacement]),
	)
	const told = client.told(invalidations).filter((one) => one.state === 'replaced')
	expect(told.map(({ chainID, block, replacement }) => [chainID, block, replacement])).toEqual(
		expect.arrayContaining(replacements),
	)
	expect(told.length).toBe(replacements.length)
	expect(told.every(({ reason }) => String(reason).length > 10)).toBe(true)
	expect(client.told(failsafe).at(-1)).toEqual({ enabled: true })
})
