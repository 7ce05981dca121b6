import type { NodeError } from './errors.js'

/**
 * Where the events of a node come from. A subscription is one way; pulling them one by one, for nodes that cannot
 * push or are spoken to over HTTP, is the other (protocol notes, "Events").
 */
export interface EventSource {
	/**
	 * Begins to deliver, in the node's order. Resolves once events that happen from now on will be delivered.
	 * @throws NodeEventsUnsupportedError if the node has no events in this way
	 */
	open(): Promise<void>
	/** Delivers nothing more. */
	close(): void
	/** The consumer cannot keep up: asks for nothing more. What comes without being asked for still comes. */
	pause(): void
	resume(): void
	/** The node was given something, so it will soon have something to say. */
	expect(): void
}

/** Who takes the events. */
export interface EventSink {
	/** An event, unparsed. */
	readonly onEvent: (event: unknown) => void
	/** Something came that is no event at all. */
	readonly onMalformed: (detail: string) => void
	/** No more events come, and some may be lost. The source is closed. */
	readonly onEnd: (reason: NodeError) => void
}
