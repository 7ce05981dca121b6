import { isRecord } from '../protocol/record.js'
import {
	NodeDisconnectedError,
	NodeEventsUnsupportedError,
	NodeProtocolError,
	NodeRpcError,
} from './errors.js'
import type { EventSink, EventSource } from './event-source.js'
import type { NodeClient } from './node-client.js'

const METHOD_NOT_FOUND = -32601

/**
 * Notifications can overtake the answer to the subscription within one read of the socket; a node sends few in
 * that time.
 */
const EARLY_LIMIT = 4_096

/** The event subscription of one connection. A node ends an older one as soon as there is another. */
export class EventSubscription implements EventSource {
	#id: string | undefined
	#early: unknown[] = []
	readonly #onNotification = (method: string, params: unknown) => this.#notified(method, params)

	constructor(
		private readonly modules: { readonly client: NodeClient },
		private readonly sink: EventSink,
	) {}

	async open(): Promise<void> {
		const { client } = this.modules
		client.on('notification', this.#onNotification)
		try {
			const id = await client.call('interop_subscribe', ['events'])
			if (typeof id !== 'string' || id === '') {
				throw new NodeProtocolError(client.url, 'answer to interop_subscribe: expected a subscription ID')
			}
			this.#id = id
		} catch (error) {
			this.close()
			const isUnsupported =
				error instanceof NodeRpcError &&
				(error.code === METHOD_NOT_FOUND || error.reason.includes('notifications not supported'))
			throw isUnsupported ? new NodeEventsUnsupportedError(client.url, { cause: error }) : error
		}
		const early = this.#early
		this.#early = []
		for (const params of early) this.#read(params)
	}

	close(): void {
		this.modules.client.off('notification', this.#onNotification)
		this.#early = []
		this.#id = undefined
	}

	/** Notifications wait in the socket, which is not read when too many are held (HeldEvents). */
	pause(): void {}

	resume(): void {}

	/** It says it by itself. */
	expect(): void {}

	#notified(method: string, params: unknown): void {
		if (method !== 'interop_subscription') {
			this.sink.onMalformed('a notification of another method')
			return
		}
		if (this.#id !== undefined) this.#read(params)
		else if (this.#early.length < EARLY_LIMIT) this.#early.push(params)
		else this.sink.onMalformed('a flood of notifications before the subscription')
	}

	#read(params: unknown): void {
		if (!isRecord(params) || typeof params.subscription !== 'string' || !isRecord(params.result)) {
			this.sink.onMalformed('a notification without subscription and result')
			return
		}
		// The end of an earlier subscription of this connection, or what was under way for it.
		if (params.subscription !== this.#id) return
		const { data, close } = params.result
		if (data === undefined && close !== true) {
			this.sink.onMalformed('a notification without data')
			return
		}
		if (data !== null && data !== undefined) this.sink.onEvent(data)
		if (data === null || close === true) {
			this.close()
			this.sink.onEnd(
				new NodeDisconnectedError(
					this.modules.client.url,
					'it ended the event subscription; does somebody else subscribe or pull?',
				),
			)
		}
	}
}
