import { describe, expect, it } from 'vitest'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { UINT64_MAX } from '../../src/protocol/hex-uint64.js'
import { type ChainTime, LinkCheck } from '../../src/safety/link-check.js'
import { loadVectors } from '../protocol/load-vectors.js'

interface Vectors {
	configs: {
		name: string
		messageExpiryWindow: string
		chains: { chainID: string; blockTime: string; interopTime: string | null }[]
	}[]
	cases: {
		config: number
		execChain: string
		execTimestamp: string
		initChain: string
		initTimestamp: string
		timeout: string
		canExecute: boolean
		canExecuteAtMax?: boolean
		maxTimestamp: string
		ok: boolean
	}[]
	activation: {
		config: number
		chainID: string
		timestamp: string
		isInterop: boolean
		isInteropActivationBlock: boolean
	}[]
}

const at = (chainId: string, timestamp: string | bigint): ChainTime => ({
	chainId: parseChainId(chainId, 'chain'),
	timestamp: BigInt(timestamp),
})

describe('link check', () => {
	const vectors = loadVectors<Vectors>('links.json.gz')
	const checks = vectors.configs.map(
		(config) =>
			new LinkCheck({
				messageExpiryWindow: BigInt(config.messageExpiryWindow),
				chains: new Map(
					config.chains.map((chain) => [
						parseChainId(chain.chainID, 'chain'),
						{
							blockTime: BigInt(chain.blockTime),
							interopTime: chain.interopTime === null ? null : BigInt(chain.interopTime),
						},
					]),
				),
			}),
	)
	const checkOf = (index: number) => {
		const check = checks[index]
		if (check === undefined) throw new Error(`no configuration ${index}`)
		return check
	}

	it('agrees with all 700 vectors', () => {
		let allowed = 0
		for (const c of vectors.cases) {
			const check = checkOf(c.config)
			const executing = at(c.execChain, c.execTimestamp)
			const initiating = at(c.initChain, c.initTimestamp)
			const label = JSON.stringify(c)
			expect(check.fault(executing, initiating) === undefined, label).toBe(c.canExecute)
			expect(check.fault(executing, initiating, BigInt(c.timeout)) === undefined, label).toBe(c.ok)
			if (c.canExecuteAtMax !== undefined) {
				const latest = at(c.execChain, c.maxTimestamp)
				expect(check.fault(latest, initiating) === undefined, label).toBe(c.canExecuteAtMax)
			}
			if (c.ok) allowed++
		}
		expect(vectors.cases.length).toBe(700)
		expect(allowed).toBeGreaterThan(100)
	})

	it('agrees with all 440 vectors about activation', () => {
		for (const c of vectors.activation) {
			const time = at(c.chainID, c.timestamp)
			expect(checkOf(c.config).isInterop(time), JSON.stringify(c)).toBe(c.isInterop)
			expect(checkOf(c.config).isActivationBlock(time), JSON.stringify(c)).toBe(c.isInteropActivationBlock)
		}
		expect(vectors.activation.length).toBe(440)
	})

	it('says why', () => {
		const schedule = { blockTime: 2, interopTime: 100 }
		const chains = new Map([
			[parseChainId('1', 'chain'), schedule],
			[parseChainId('2', 'chain'), schedule],
		])
		const check = new LinkCheck({ chains, messageExpiryWindow: 10 })
		const fault = (executed: bigint, initiated: bigint, timeout = 0n) =>
			check.fault(at('1', executed), at('2', initiated), timeout)
		expect(check.fault(at('3', 110n), at('2', 110n))).toBe('unknown-chain')
		expect(check.fault(at('1', 110n), at('3', 110n))).toBe('unknown-chain')
		expect(fault(110n, 99n)).toBe('interop-inactive')
		expect(fault(99n, 99n)).toBe('interop-inactive')
		expect(fault(110n, 101n)).toBe('activation-block')
		expect(fault(110n, 111n)).toBe('initiated-after-execution')
		expect(fault(112n, 102n)).toBeUndefined()
		expect(fault(113n, 102n)).toBe('expired')
		expect(fault(110n, 102n, 2n)).toBeUndefined()
		expect(fault(110n, 102n, 3n)).toBe('expired')
		expect(fault(UINT64_MAX, UINT64_MAX - 1n, UINT64_MAX)).toBeUndefined()
	})
})
