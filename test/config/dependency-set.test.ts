import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mergeClusterConfig } from '../../src/config/cluster-config.js'
import { ConfigFileError } from '../../src/config/config-file-error.js'
import { type DependencySet, parseDependencySet } from '../../src/config/dependency-set.js'
import type { RollupConfig } from '../../src/config/rollup-config.js'
import { decodeRollupConfigSet } from '../../src/config/rollup-config-set.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { ZERO_HASH } from '../../src/protocol/hash.js'

interface Vectors {
	dependencySet: { input: string; error?: string; chains?: string[]; messageExpiryWindow?: string }[]
	rollupConfigSet: { input: string; error?: string; marshaled?: string }[]
	merge: { depsetChains: number[]; rollupChains: number[]; error?: string }[]
}

const vectors = JSON.parse(
	readFileSync(new URL('../vectors/codec/depset-json.json', import.meta.url), 'utf8'),
) as Vectors

describe('dependency sets, as the reference reads them', () => {
	test.each(vectors.dependencySet)('$input', ({ input, error, chains, messageExpiryWindow }) => {
		if (error !== undefined) {
			expect(() => parseDependencySet(input, 'deps.json')).toThrow(ConfigFileError)
			return
		}
		const parsed = parseDependencySet(input, 'deps.json')
		expect(parsed.chains.map(String)).toEqual(chains)
		expect(String(parsed.messageExpiryWindow)).toBe(messageExpiryWindow)
	})

	test.each([
		['{"dependencies":{"901":5}}', 'deps.json: dependencies.901: expected an object, found 5'],
		[
			'{"dependencies":{"0x385":{}}}',
			'deps.json: dependencies.0x385: expected a decimal chain ID, found "0x385"',
		],
		[
			'{"dependencies":{},"overrideMessageExpiryWindow":"5"}',
			'deps.json: overrideMessageExpiryWindow: expected a whole number of 64 bits, found "5"',
		],
		['{"dependencies":{"901":{}}', 'deps.json: expected "}", but the file ends'],
		['{\n "dependencies": 901x }', 'deps.json: expected "}" at line 2, column 21'],
	])('%s names file and field', (input, message) => {
		expect(() => parseDependencySet(input, 'deps.json')).toThrow(message)
	})
})

/** The config as the reference would print it. A time beyond 2^53 is never in both, though Vigil says so with null. */
function marshal(config: RollupConfig): object {
	return {
		genesis: { l1: config.genesis.l1, l2: { ...config.genesis.l2, timestamp: config.genesis.l2Time } },
		block_time: config.blockTime,
		...(config.interopTime === null ? {} : { interop_time: config.interopTime }),
	}
}

/** What Vigil keeps of the reference's output: it has no use for the time of the L1 genesis. */
function expectedConfigs(marshaled: string): Record<string, unknown> {
	const zero = { hash: ZERO_HASH, number: 0 }
	const empty = { genesis: { l1: zero, l2: { ...zero, timestamp: 0 } }, block_time: 0 }
	const expected = JSON.parse(marshaled) as Record<string, typeof empty & { interop_time?: number }> | null
	return Object.fromEntries(
		Object.entries(expected ?? {}).map(([chainId, value]) => {
			const { interop_time: interopTime, ...config } = value ?? empty
			const { hash, number } = config.genesis.l1
			const reachable = interopTime !== undefined && Number.isSafeInteger(interopTime)
			return [
				chainId,
				{
					...config,
					genesis: { ...config.genesis, l1: { hash, number } },
					...(reachable ? { interop_time: interopTime } : {}),
				},
			]
		}),
	)
}

describe('rollup config sets, as the reference reads them', () => {
	test.each(vectors.rollupConfigSet)('$input', ({ input, error, marshaled }) => {
		if (error !== undefined) {
			expect(() => decodeRollupConfigSet(input, 'set.json')).toThrow(ConfigFileError)
			return
		}
		const decoded = [...decodeRollupConfigSet(input, 'set.json')]
		const printed = Object.fromEntries(
			decoded.map(([chainId, { config }]) => [String(chainId), marshal(config)]),
		)
		expect(printed).toEqual(expectedConfigs(marshaled ?? ''))
	})
})

describe('dependency set and rollup configs together, as the reference joins them', () => {
	const configOf = (id: number): RollupConfig => ({
		chainId: chainIdFromBigint(BigInt(id)),
		genesis: { l1: { hash: ZERO_HASH, number: 0 }, l2: { hash: ZERO_HASH, number: 0 }, l2Time: 0 },
		blockTime: 2,
		interopTime: 0,
	})

	test.each(vectors.merge)('$depsetChains and $rollupChains', ({ depsetChains, rollupChains, error }) => {
		const dependencySet: DependencySet = {
			chains: depsetChains.map((id) => chainIdFromBigint(BigInt(id))),
			messageExpiryWindow: 1n,
		}
		const rollups = new Map(rollupChains.map(configOf).map((config) => [config.chainId, config]))
		const merge = () => mergeClusterConfig(dependencySet, rollups, { dependencySet: 'deps', rollups: 'set' })
		if (error === undefined) expect([...merge().rollups.keys()]).toEqual(dependencySet.chains)
		else expect(merge).toThrow(new RegExp(`has no chain ${/chain (\d+)/.exec(error)?.[1]},`))
	})
})
