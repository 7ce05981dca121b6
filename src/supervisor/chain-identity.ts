import type { RollupConfig } from '../config/rollup-config.js'
import type { ChainIdentity } from '../storage/index.js'

/** What a data directory is bound to of a chain's configuration. */
export function chainIdentity({ chainId, genesis, blockTime, interopTime }: RollupConfig): ChainIdentity {
	return {
		chainId,
		l1Genesis: genesis.l1,
		l2Genesis: genesis.l2,
		l2Time: genesis.l2Time,
		blockTime,
		interopTime,
	}
}
