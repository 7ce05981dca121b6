import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'

/** What an operator can do to a running supervisor (protocol notes, "admin_"). */
export interface SupervisorControl {
	/** Supervises through one more node. @param jwtSecret 32 bytes @throws TypeError for a URL that is none */
	addL2Rpc(url: string, jwtSecret: Uint8Array): Promise<void>
	/** Cuts a chain back to a block of it, which is then derived and indexed anew. @throws ConflictError, FutureDataError, SkippedDataError, RewindFailedError */
	rewind(chainId: ChainId, to: BlockId): Promise<void>
	/** Durable when it resolves. */
	setFailsafe(on: boolean): Promise<void>
	/** Connects to the nodes again after `stop`. */
	start(): Promise<void>
	/** Leaves all nodes alone; reads go on. */
	stop(): Promise<void>
}
