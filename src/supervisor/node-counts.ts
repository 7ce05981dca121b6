import type { ManagedEvent } from '../protocol/managed-event.js'

/** What a managed node has told and how often it was lost, for metrics. */
export class NodeCounts {
	/** By the names of the protocol; an event can be of several kinds. */
	readonly events = new Map<string, number>()
	losses = 0

	told(event: ManagedEvent): void {
		for (const kind in event) this.events.set(kind, (this.events.get(kind) ?? 0) + 1)
	}
}
