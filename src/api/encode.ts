import type { BlockId, BlockRef, DerivedIdPair } from '../protocol/block.js'
import { formatChainId } from '../protocol/chain-id.js'
import type { SyncStatus } from './supervisor-reader.js'

/*
 * The JSON of the API's results (protocol notes, "Encodings"). Each picks its members, so that an answer never has
 * more than its type, whatever the reader's objects hold.
 */

export function encodeBlockId({ hash, number }: BlockId): object {
	return { hash, number }
}

export function encodeBlockRef({ hash, number, parentHash, timestamp }: BlockRef): object {
	return { hash, number, parentHash, timestamp }
}

export function encodeDerivedIdPair({ source, derived }: DerivedIdPair): object {
	return { source: encodeBlockId(source), derived: encodeBlockId(derived) }
}

export function encodeSyncStatus(status: SyncStatus): object {
	const chains = [...status.chains].map(([chainId, chain]) => [
		formatChainId(chainId),
		{
			localUnsafe: encodeBlockRef(chain.localUnsafe),
			localSafe: encodeBlockId(chain.localSafe),
			crossUnsafe: encodeBlockId(chain.crossUnsafe),
			safe: encodeBlockId(chain.safe),
			finalized: encodeBlockId(chain.finalized),
		},
	])
	return {
		minSyncedL1: encodeBlockRef(status.minSyncedL1),
		safeTimestamp: status.safeTimestamp,
		finalizedTimestamp: status.finalizedTimestamp,
		chains: Object.fromEntries(chains),
	}
}
