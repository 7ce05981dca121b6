import { RpcRequestError, SocketClosedError, TimeoutError, WebSocketRequestError } from 'viem'
import { WebSocket } from 'ws'
import { member, readRpcError } from './rpc-error.js'

export interface L1SocketOptions {
	readonly url: string
	/** Deadline of each request, and of the connection's handshake. */
	readonly timeoutMs: number
	readonly maxFrameBytes: number
}

interface PendingCall {
	readonly body: { method: string; params: unknown }
	readonly resolve: (result: unknown) => void
	readonly reject: (error: Error) => void
	/** Called in the same turn as the answer comes: the first notification may follow in the same packet. */
	readonly onResult?: (result: unknown) => void
	readonly timer: NodeJS.Timeout
}

interface HeadSubscription {
	readonly onHead: (head: unknown) => void
	readonly onEnd: (reason: Error) => void
}

/**
 * JSON-RPC over one WebSocket that is opened by the first request and again by the first request after a
 * failure. It is the provider of a viem `custom` transport and throws viem's errors.
 *
 * viem's own `webSocket` transport is not used: it has no deadline for connecting, shares one socket per URL in
 * the whole process, gives up after its last reconnect attempt, and cannot be closed while it connects.
 */
export class L1Socket {
	readonly #options: L1SocketOptions
	readonly #pending = new Map<number, PendingCall>()
	readonly #subscriptions = new Map<string, HeadSubscription>()
	#connection: Promise<WebSocket> | undefined
	#socket: WebSocket | undefined
	#nextId = 1
	#closed = false

	constructor(options: L1SocketOptions) {
		this.#options = options
	}

	/** One JSON-RPC call. A call without answer ends the connection: it may be half open. */
	request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
		return this.#call({ method, params: params ?? [] })
	}

	async #call(body: PendingCall['body'], onResult?: (result: unknown) => void): Promise<unknown> {
		const { url, timeoutMs } = this.#options
		const socket = await this.#open()
		if (socket !== this.#socket) throw new SocketClosedError({ url })
		return new Promise((resolve, reject) => {
			const id = this.#nextId++
			const timer = setTimeout(() => this.#drop(socket, new TimeoutError({ body, url })), timeoutMs)
			this.#pending.set(id, { body, resolve, reject, timer, ...(onResult === undefined ? {} : { onResult }) })
			socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
		})
	}

	/** Subscribes to `newHeads`. `onEnd` is called when the connection is lost, not after `end`. */
	async subscribe(onHead: (head: unknown) => void, onEnd: (reason: Error) => void): Promise<() => void> {
		const id = await this.#call({ method: 'eth_subscribe', params: ['newHeads'] }, (result) => {
			if (typeof result === 'string') this.#subscriptions.set(result, { onHead, onEnd })
		})
		if (typeof id !== 'string') {
			throw new WebSocketRequestError({ url: this.#options.url, details: 'no subscription id' })
		}
		return () => {
			this.#subscriptions.delete(id)
		}
	}

	close(): void {
		this.#closed = true
		const reason = new SocketClosedError({ url: this.#options.url })
		if (this.#socket !== undefined) this.#drop(this.#socket, reason)
	}

	#open(): Promise<WebSocket> {
		if (this.#closed) return Promise.reject(new SocketClosedError({ url: this.#options.url }))
		this.#connection ??= this.#connect()
		return this.#connection
	}

	#connect(): Promise<WebSocket> {
		const { url, timeoutMs, maxFrameBytes } = this.#options
		return new Promise((resolve, reject) => {
			const socket = new WebSocket(url, {
				handshakeTimeout: timeoutMs,
				maxPayload: maxFrameBytes,
				perMessageDeflate: false,
			})
			this.#socket = socket
			const fail = (error: Error) => {
				reject(error)
				this.#drop(socket, error)
			}
			socket.on('open', () => resolve(socket))
			socket.on('message', (data: Buffer) => this.#receive(socket, data))
			socket.on('error', (error) => fail(new WebSocketRequestError({ url, details: error.message })))
			socket.on('close', () => fail(new SocketClosedError({ url })))
		})
	}

	#receive(socket: WebSocket, data: Buffer): void {
		let message: unknown
		try {
			message = JSON.parse(data.toString())
		} catch {
			// Not JSON: nothing that follows on this connection can be trusted.
			this.#drop(
				socket,
				new WebSocketRequestError({ url: this.#options.url, details: 'a frame is not JSON' }),
			)
			return
		}
		if (member(message, 'method') === 'eth_subscription') {
			const params = member(message, 'params')
			const id = member(params, 'subscription')
			if (typeof id === 'string') this.#subscriptions.get(id)?.onHead(member(params, 'result'))
			return
		}
		const id = member(message, 'id')
		const call = typeof id === 'number' ? this.#pending.get(id) : undefined
		// An answer to nothing that was asked, or one that came after its deadline.
		if (typeof id !== 'number' || call === undefined) return
		this.#pending.delete(id)
		clearTimeout(call.timer)
		const error = member(message, 'error')
		if (error === undefined || error === null) {
			const result = member(message, 'result')
			call.onResult?.(result)
			call.resolve(result)
		} else
			call.reject(
				new RpcRequestError({ body: call.body, error: readRpcError(error), url: this.#options.url }),
			)
	}

	/** Ends a connection and everything that waits on it. */
	#drop(socket: WebSocket, reason: Error): void {
		if (this.#socket !== socket) return
		this.#socket = undefined
		this.#connection = undefined
		const calls = [...this.#pending.values()]
		const subscriptions = [...this.#subscriptions.values()]
		this.#pending.clear()
		this.#subscriptions.clear()
		// Without a close handshake: the peer may be gone, and nothing of what it says matters any more.
		socket.terminate()
		for (const call of calls) {
			clearTimeout(call.timer)
			call.reject(reason)
		}
		for (const subscription of subscriptions) subscription.onEnd(reason)
	}
}
