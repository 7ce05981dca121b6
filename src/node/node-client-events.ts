import type { NodeError, NodeProtocolError, NodeRefusedError } from './errors.js'

export interface NodeClientEvents {
	connected: []
	/** An open connection was lost, and why. The next dial follows by itself, after `retryMs`. */
	disconnected: [reason: NodeError, retryMs: number]
	/** A dial failed for another reason than the JWT. */
	unreachable: [reason: NodeError, retryMs: number]
	/** The node did not take the JWT. It is tried again with backoff all the same. */
	refused: [reason: NodeRefusedError, retryMs: number]
	notification: [method: string, params: unknown]
	/** The node sent something that is not of the protocol; `disconnected` follows if that cost the connection. */
	malformed: [error: NodeProtocolError]
}
