import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { FingerprintMismatchError } from './errors.js'
import type { StoredIdentity } from './state-table.js'

/** What makes a chain the chain that it is; a data directory serves one list of them for ever. */
export interface ChainIdentity {
	readonly chainId: ChainId
	readonly l1Genesis: BlockId
	readonly l2Genesis: BlockId
	/** Seconds since 1970 of the L2 genesis block. */
	readonly l2Time: number
	/** Seconds. */
	readonly blockTime: number
	/** Seconds since 1970; null if interop is not scheduled. */
	readonly interopTime: number | null
}

/** The identities as `state` keeps them, by chain ID. */
export function storedIdentities(chains: readonly ChainIdentity[]): StoredIdentity[] {
	return [...chains]
		.sort((a, b) => (a.chainId < b.chainId ? -1 : 1))
		.map(({ chainId, l1Genesis, l2Genesis, l2Time, blockTime, interopTime }) => ({
			chainId: chainId.toString(),
			l1Genesis: { hash: l1Genesis.hash, number: l1Genesis.number },
			l2Genesis: { hash: l2Genesis.hash, number: l2Genesis.number },
			l2Time,
			blockTime,
			interopTime,
		}))
}

/** @throws FingerprintMismatchError naming the first chain and field that differ. */
export function compareIdentities(
	directory: string,
	stored: readonly StoredIdentity[],
	configured: readonly StoredIdentity[],
): void {
	const ids = new Set([...stored, ...configured].map((identity) => identity.chainId))
	for (const id of ids) {
		const before = stored.find((identity) => identity.chainId === id)
		const now = configured.find((identity) => identity.chainId === id)
		if (before === undefined || now === undefined) {
			const [inStore, inConfiguration] = [before, now].map((found) => (found ? 'present' : 'absent'))
			throw new FingerprintMismatchError(directory, BigInt(id), 'chain', `${inStore}`, `${inConfiguration}`)
		}
		const fields = describe(now)
		for (const [field, value] of Object.entries(describe(before)))
			if (fields[field] !== value)
				throw new FingerprintMismatchError(directory, BigInt(id), field, value, `${fields[field]}`)
	}
}

function describe(identity: StoredIdentity): Record<string, string> {
	return {
		l1Genesis: `${identity.l1Genesis.number} ${identity.l1Genesis.hash}`,
		l2Genesis: `${identity.l2Genesis.number} ${identity.l2Genesis.hash}`,
		l2Time: String(identity.l2Time),
		blockTime: String(identity.blockTime),
		interopTime: String(identity.interopTime),
	}
}
