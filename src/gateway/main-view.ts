import { RequestError } from '../api/json-rpc.js'
import type { BlockRef } from '../protocol/block.js'
import { SERVER_ERROR } from './canonical-view.js'
import type { BlockAtAnswer, BlockAtRequest } from './gateway-messages.js'

/** An upstream of main's has a deadline of its own, and there may be several. */
const ANSWER_MS = 30_000

interface Waiting {
	readonly resolve: (block: BlockRef | undefined) => void
	readonly reject: (error: Error) => void
	readonly timer: NodeJS.Timeout
}

/** Main's view of L1 as far as the gateway has not been told: asks for one block, and waits for the answer. */
export class MainView {
	readonly #tell: (request: BlockAtRequest) => void
	readonly #waiting = new Map<number, Waiting>()
	#id = 0

	constructor(tell: (request: BlockAtRequest) => void) {
		this.#tell = tell
	}

	/** Undefined if there is none. Rejects with RequestError if main cannot tell, or not in time. */
	blockAt(number: number): Promise<BlockRef | undefined> {
		const id = this.#id++
		return new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => this.answered({ kind: 'block-at', id, error: 'no answer in time' }),
				ANSWER_MS,
			)
			this.#waiting.set(id, { resolve, reject, timer })
			this.#tell({ kind: 'block-at', id, number })
		})
	}

	answered({ id, block, error }: BlockAtAnswer): void {
		const waiting = this.#waiting.get(id)
		if (waiting === undefined) return // Its time was over.
		this.#waiting.delete(id)
		clearTimeout(waiting.timer)
		if (error === undefined) waiting.resolve(block)
		else waiting.reject(new RequestError(SERVER_ERROR, `L1 cannot be asked now, try again: ${error}`))
	}
}
