import type { SuperRootAtTimestamp } from '../protocol/super-root-at-timestamp.js'
import type { SuperRootResponse } from '../protocol/super-root-response.js'

/** Super roots, for which nodes are asked. Times are seconds since 1970. */
export interface SuperRoots {
	/**
	 * @throws FutureDataError whose message contains "not found" if a block is not cross-safe yet, SkippedDataError
	 * before a chain's first block, OutputUnavailableError if no node gives an output
	 */
	superRootAtTimestamp(timestamp: bigint): Promise<SuperRootResponse>
	/** What is not known yet is left out. @throws OutputUnavailableError */
	atTimestamp(timestamp: bigint): Promise<SuperRootAtTimestamp>
}
