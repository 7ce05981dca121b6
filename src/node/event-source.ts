/**
 * Where the events of a node come from. A subscription is one way; pulling them one by one, for nodes that are
 * spoken to over HTTP, is the other (protocol notes, "Events").
 */
export interface EventSource {
	/**
	 * Begins to deliver, in the node's order. Resolves once events that happen from now on will be delivered.
	 * @throws NodeEventsUnsupportedError if the node has no events in this way
	 */
	open(): Promise<void>
	/** Delivers nothing more. */
	close(): void
}

/** Who takes the events. */
export interface EventSink {
	/** An event, unparsed. */
	readonly onEvent: (event: unknown) => void
	/** Something came that is no event at all. */
	readonly onMalformed: (detail: string) => void
	/** The node ended the stream. */
	readonly onEnd: () => void
}
