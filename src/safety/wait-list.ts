import type { ChainId } from '../protocol/chain-id.js'

/** Tells how often something has changed about a chain within the round. */
export interface RoundChanges {
	changes(chainId: ChainId): number
}

interface Wait {
	/** What was read, and the version it had then. */
	readonly versions: ReadonlyMap<ChainId, string>
}

/**
 * Checks that can only have another outcome after news of a chain that they read. A block with thousands of
 * messages that waits for one chain is not verified again for every block of all others.
 */
export class WaitList {
	readonly #waits = new Map<string, Wait>()
	#versions: ReadonlyMap<ChainId, string> = new Map()

	/** Begins a round: `versions` names the stored state of each chain. */
	beginRound(versions: ReadonlyMap<ChainId, string>): void {
		this.#versions = versions
	}

	wait(level: 'safe' | 'unsafe', chainId: ChainId, read: ReadonlySet<ChainId>, round: RoundChanges): void {
		const versions = new Map([...read].map((of) => [of, this.#version(of, round)]))
		this.#waits.set(`${level} ${chainId}`, { versions })
	}

	isWaiting(level: 'safe' | 'unsafe', chainId: ChainId, round: RoundChanges): boolean {
		const wait = this.#waits.get(`${level} ${chainId}`)
		if (wait === undefined) return false
		for (const [of, version] of wait.versions) if (this.#version(of, round) !== version) return false
		return true
	}

	#version(chainId: ChainId, round: RoundChanges): string {
		return `${this.#versions.get(chainId)}+${round.changes(chainId)}`
	}
}
