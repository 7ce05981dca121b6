import type { BlockId, OutputV0 } from './block.js'
import { type ChainId, formatChainId } from './chain-id.js'
import { encodeBlockId, encodeOutputV0 } from './encode-block.js'
import type { Hash } from './hash.js'
import { encodeHexUint64 } from './hex-uint64.js'
import { outputRoot } from './output-root.js'
import { type SuperV1, superRoot } from './super-root.js'
import { encodeChainMap } from './sync-status.js'

/** A chain's block at the timestamp as it was first derived. */
export interface OptimisticOutput {
	readonly output: OutputV0
	/** Its first local source. */
	readonly requiredL1: BlockId
}

/** Result of `superroot_atTimestamp` (protocol notes, its semantics). Times are seconds since 1970. */
export interface SuperRootAtTimestamp {
	/** The newest L1 block at which all chains are complete. */
	readonly currentL1: BlockId
	readonly safeTimestamp: number
	readonly localSafeTimestamp: number
	readonly finalizedTimestamp: number
	/** Ascending. */
	readonly chainIds: readonly ChainId[]
	/** Chains without a block at the timestamp are left out. */
	readonly optimisticAtTimestamp: ReadonlyMap<ChainId, OptimisticOutput>
	/** Missing while any chain is not cross-safe at the timestamp. */
	readonly data?: {
		/** The highest L1 block that the cross-safe blocks of all chains need. */
		readonly verifiedRequiredL1: BlockId
		/** Chains ascending. */
		readonly super: SuperV1
	}
}

export interface SuperRootAtTimestampJson {
	readonly current_l1: BlockId
	readonly safe_timestamp: number
	readonly local_safe_timestamp: number
	readonly finalized_timestamp: number
	readonly chain_ids: readonly string[]
	readonly optimistic_at_timestamp: Readonly<
		Record<string, { readonly output: OutputV0; readonly output_root: Hash; readonly required_l1: BlockId }>
	>
	readonly data?: {
		readonly verified_required_l1: BlockId
		readonly super: {
			readonly timestamp: string
			readonly chains: readonly { readonly ChainID: string; readonly Output: Hash }[]
		}
		readonly super_root: Hash
	}
}

/** Output roots and the super root are computed here, so that they cannot differ from what they stand for. */
export function encodeSuperRootAtTimestamp(result: SuperRootAtTimestamp): SuperRootAtTimestampJson {
	return {
		current_l1: encodeBlockId(result.currentL1),
		safe_timestamp: result.safeTimestamp,
		local_safe_timestamp: result.localSafeTimestamp,
		finalized_timestamp: result.finalizedTimestamp,
		chain_ids: result.chainIds.map(formatChainId),
		optimistic_at_timestamp: encodeChainMap(result.optimisticAtTimestamp, ({ output, requiredL1 }) => ({
			output: encodeOutputV0(output),
			output_root: outputRoot(output),
			required_l1: encodeBlockId(requiredL1),
		})),
		...(result.data === undefined ? {} : { data: encodeData(result.data) }),
	}
}

function encodeData(data: NonNullable<SuperRootAtTimestamp['data']>) {
	return {
		verified_required_l1: encodeBlockId(data.verifiedRequiredL1),
		super: {
			timestamp: encodeHexUint64(data.super.timestamp),
			chains: data.super.chains.map(({ chainId, output }) => ({
				ChainID: formatChainId(chainId),
				Output: output,
			})),
		},
		super_root: superRoot(data.super),
	}
}
