import { describe, expect, it } from 'vitest'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { parseHash } from '../../src/protocol/hash.js'
import { outputRoot } from '../../src/protocol/output-root.js'
import { superRoot } from '../../src/protocol/super-root.js'
import { encodeSuperRootAtTimestamp } from '../../src/protocol/super-root-at-timestamp.js'

const hash = (digit: string) => parseHash(`0x${digit.repeat(64)}`, 'hash')

describe('superroot_atTimestamp', () => {
	const chainId = parseChainId('901', 'chain')
	const output = { stateRoot: hash('1'), messagePasserStorageRoot: hash('2'), blockHash: hash('3') }
	const result = {
		currentL1: { hash: hash('4'), number: 40 },
		safeTimestamp: 1000,
		localSafeTimestamp: 1002,
		finalizedTimestamp: 990,
		chainIds: [chainId],
		optimisticAtTimestamp: new Map([[chainId, { output, requiredL1: { hash: hash('5'), number: 39 } }]]),
	}
	const written = {
		current_l1: { hash: hash('4'), number: 40 },
		safe_timestamp: 1000,
		local_safe_timestamp: 1002,
		finalized_timestamp: 990,
		chain_ids: ['901'],
		optimistic_at_timestamp: {
			901: { output, output_root: outputRoot(output), required_l1: { hash: hash('5'), number: 39 } },
		},
	}

	it('leaves data out while a chain is not cross-safe', () => {
		expect(encodeSuperRootAtTimestamp(result)).toStrictEqual(written)
	})

	it('names chains as the clients expect them', () => {
		const root = { timestamp: 1000n, chains: [{ chainId, output: outputRoot(output) }] }
		const data = { verifiedRequiredL1: { hash: hash('6'), number: 38 }, super: root }
		expect(encodeSuperRootAtTimestamp({ ...result, data })).toStrictEqual({
			...written,
			data: {
				verified_required_l1: { hash: hash('6'), number: 38 },
				super: { timestamp: '0x3e8', chains: [{ ChainID: '901', Output: outputRoot(output) }] },
				super_root: superRoot(root),
			},
		})
	})
})
