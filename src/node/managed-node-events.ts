import type { ChainId } from '../protocol/chain-id.js'
import type { ManagedEvent } from '../protocol/managed-event.js'
import type { NodeProtocolError, NodeRefusedError } from './errors.js'
import type { EventFeedOptions } from './event-feed.js'
import type { NodeClientOptions } from './node-client-options.js'

export interface ManagedNodeOptions extends NodeClientOptions {
	/** The chain that the node must be of, or those of the dependency set. */
	readonly expected: ChainId | ReadonlySet<ChainId>
	readonly refusedRetryMs?: number
	readonly events?: EventFeedOptions
}

export type ManagedNodeState = 'starting' | 'ready' | 'down' | 'refused' | 'closed'

export interface ManagedNodeEvents {
	/**
	 * Connected, chain checked, subscribed or pulling. Emitted anew after every loss: events in between are lost, so compare the
	 * node's view with the store.
	 */
	ready: []
	/** What the node reports, in the order of its frames. Only between `ready` and `down`, and never while paused. */
	event: [event: ManagedEvent]
	/** The node is gone, or gives no events; once until it is `ready` or `refused`. Dialling goes on. */
	down: [reason: Error]
	/** Somebody has to change a setting (JWT, chain, no events); once a reason. It is tried again slowly. */
	refused: [reason: NodeRefusedError]
	/** The node sent something that is not of the protocol. */
	malformed: [error: NodeProtocolError]
}
