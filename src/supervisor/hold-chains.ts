/** A chain that handles no event and has nothing to write until it is released. */
export interface Held {
	readonly release: () => void
}

export interface HoldableChain {
	/** @throws QueueClosedError if the chain is closed before it can be held */
	hold(): Promise<Held>
}

/**
 * Acts while all chains are held. @throws QueueClosedError if one of them is closed before that: nothing is done then,
 * and none is held up, because a close waits for those that are held already.
 */
export async function whileHeld(chains: Iterable<HoldableChain>, action: () => Promise<void>): Promise<void> {
	const holds = await Promise.allSettled([...chains].map((chain) => chain.hold()))
	try {
		for (const hold of holds) if (hold.status === 'rejected') throw hold.reason
		await action()
	} finally {
		for (const hold of holds) if (hold.status === 'fulfilled') hold.value.release()
	}
}
