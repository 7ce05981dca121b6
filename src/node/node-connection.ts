import type { CallTable } from './call-table.js'
import type { NodeError, NodeProtocolError } from './errors.js'
import type { UnaskedAllowance, UnaskedLimits } from './unasked-allowance.js'

/** One connection to a node from dial to end, over WebSocket or HTTP. It is never used again after its end. */
export interface NodeConnection {
	readonly calls: CallTable
	/** What the node may still say without having been asked. */
	readonly allowance: UnaskedAllowance
	/** Ends the connection at once; all its calls fail with the reason. Does nothing after the end. */
	drop(reason: NodeError): void
	/** Ends the connection as the protocol wants it, and resolves when its sockets are gone. */
	close(): Promise<void>
	/** Stops reading what the node sends of its own accord, and thereby everything where it comes the same way. */
	pauseReading(): void
	resumeReading(): void
}

export interface NodeConnectionOptions {
	/** With credentials, if there are any. */
	readonly address: string
	/** For errors and logs. */
	readonly url: string
	readonly callTimeoutMs: number
	readonly handshakeTimeoutMs: number
	readonly pingIntervalMs: number
	readonly maxFrameBytes: number
	readonly maxCallsInFlight: number
	readonly maxCallsQueued: number
	readonly unasked: Partial<UnaskedLimits>
}

export interface NodeConnectionModules {
	readonly onOpen: () => void
	readonly onNotification: (method: string, params: unknown) => void
	/** The node broke the protocol. If the connection is lost by it, `onEnd` follows. */
	readonly onProtocolError: (error: NodeProtocolError) => void
	/** Called once, whether or not the connection was ever open. */
	readonly onEnd: (reason: NodeError) => void
}
