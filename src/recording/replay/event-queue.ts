import type { RpcPeer } from './rpc-server.js'

/** op-node keeps this many events for whoever comes; then the oldest are dropped. */
const MAX_QUEUED = 100

interface Subscription {
	readonly peer: RpcPeer
	readonly id: string
	readonly notify: (json: string) => void
}

/**
 * A node's events: to the one subscriber, or queued. The newest subscriber wins without a word to the one before;
 * subscribing drops what is queued; a pull ends the subscription.
 */
export class EventQueue {
	readonly #queued: string[] = []
	#subscription: Subscription | undefined

	push(event: string): void {
		if (this.#subscription !== undefined) {
			this.#notify(this.#subscription, `{"data":${event}}`)
			return
		}
		this.#queued.push(event)
		if (this.#queued.length > MAX_QUEUED) this.#queued.shift()
	}

	subscribe(peer: RpcPeer, id: string, notify: (json: string) => void): void {
		this.#queued.length = 0
		this.#subscription = { peer, id, notify }
	}

	/** @returns whether `id` was the subscription. */
	unsubscribe(id: unknown): boolean {
		if (this.#subscription?.id !== id) return false
		this.#subscription = undefined
		return true
	}

	unsubscribePeer(peer: RpcPeer): void {
		if (this.#subscription?.peer === peer) this.#subscription = undefined
	}

	pull(): string | undefined {
		const ended = this.#subscription
		this.#subscription = undefined
		if (ended !== undefined) this.#notify(ended, '{"data":null,"close":true}')
		return this.#queued.shift()
	}

	#notify({ id, notify }: Subscription, result: string): void {
		notify(
			`{"jsonrpc":"2.0","method":"interop_subscription","params":{"subscription":"${id}","result":${result}}}`,
		)
	}
}
