import type { BlockRef, BlockReplacement, DerivedBlockRefPair } from './block.js'

/**
 * What a managed node reports. Several members can be set in one event; they are handled in the order in which
 * they are declared here (protocol notes, "Events").
 */
export interface ManagedEvent {
	readonly reset?: string
	readonly unsafeBlock?: BlockRef
	readonly derivationUpdate?: DerivedBlockRefPair
	readonly exhaustL1?: DerivedBlockRefPair
	readonly replaceBlock?: BlockReplacement
	readonly derivationOriginUpdate?: BlockRef
}
