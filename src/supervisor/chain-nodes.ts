import type { IndexNode } from '../indexing/indexer-modules.js'
import type { BlockId } from '../protocol/block.js'
import type { NodeSession } from './node-session.js'

/** The nodes of one chain that were met since the start, connected or not. */
export class ChainNodes {
	readonly #sessions = new Set<NodeSession>()
	/** Who told of the newest block. */
	#announcer: NodeSession | undefined

	get all(): ReadonlySet<NodeSession> {
		return this.#sessions
	}

	add(session: NodeSession): void {
		this.#sessions.add(session)
	}

	leave(session: NodeSession): void {
		this.#sessions.delete(session)
		if (this.#announcer === session) this.#announcer = undefined
	}

	/** This node has the newest block: the chain is read from it first, because a late node may not have it. */
	announced(session: NodeSession): void {
		this.#announcer = session
	}

	/** The session of a node that the chain is read from. */
	sessionOf({ address }: IndexNode): NodeSession | undefined {
		return [...this.#sessions].find((session) => session.address === address)
	}

	/** From which node the chain is read; after failures in a row another one. */
	source(failures: number): IndexNode | undefined {
		const connected = [...this.#sessions].filter((session) => session.connected)
		const first = this.#announcer === undefined ? -1 : connected.indexOf(this.#announcer)
		const session = connected[(Math.max(first, 0) + failures) % connected.length]
		if (session === undefined) return undefined
		const { address, url } = session
		return { address, url, refByNumber: (number) => session.refByNumber(number) }
	}

	/** Whether a connected node other than `node` has this block. One that does not answer is not counted. */
	async hasElsewhere(block: BlockId, { address }: IndexNode): Promise<boolean> {
		const others = [...this.#sessions].filter((session) => session.connected && session.address !== address)
		const answers = await Promise.allSettled(others.map((session) => session.refByNumber(block.number)))
		return answers.some((answer) => answer.status === 'fulfilled' && answer.value?.hash === block.hash)
	}

	pause(): void {
		for (const session of this.#sessions) session.pause()
	}

	resume(): void {
		for (const session of this.#sessions) session.resume()
	}

	disconnect(): void {
		for (const session of this.#sessions) session.disconnect()
	}
}
