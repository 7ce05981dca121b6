import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { RateLimitedLog } from '../observability/rate-limited-log.js'
import { listenForAbort } from './abort-listeners.js'
import { Backoff } from './backoff.js'
import type { AnswerForm, CallOptions } from './call-table.js'
import {
	JwtSecretError,
	NodeDisconnectedError,
	type NodeError,
	NodeFloodError,
	NodeRefusedError,
} from './errors.js'
import { JWT_SECRET_BYTES, NodeTokens } from './jwt.js'
import type { NodeClientEvents } from './node-client-events.js'
import { type NodeClientOptions, nodeClientLimits } from './node-client-options.js'
import type { NodeConnection, NodeConnectionModules } from './node-connection.js'
import { isHttpAddress, shownNodeUrl } from './node-url.js'
import { troubleLog } from './trouble-log.js'
import { WebSocketConnection } from './web-socket-connection.js'

export type { NodeClientOptions } from './node-client-options.js'

export interface NodeClientModules {
	readonly log: Logger
	/** Evenly between 0 and 1, for the jitter between dials. */
	readonly random?: () => number
}

export interface NodeCall {
	readonly method: string
	readonly params: readonly unknown[]
}

/**
 * One authenticated JSON-RPC connection to a node, over WebSocket or HTTP, that is dialled again for ever. Over HTTP
 * there are several sockets, and "connected" is a node that has told its chain.
 *
 * Calls are made on an open connection only: while there is none they fail at once with NodeDisconnectedError, and
 * those in flight fail when it is lost, because nobody knows what a node that went away has done.
 *
 * @example
 * const client = new NodeClient({ url: 'ws://node:9645', jwtSecret }, { log })
 * client.start()
 * await client.whenConnected()
 * const chainId = await client.call('interop_chainID', [])
 */
export class NodeClient extends EventEmitter<NodeClientEvents> {
	/** The node's address as it may be shown. */
	readonly url: string
	/** Whether the node can say something of its own accord: not over HTTP. */
	readonly hasNotifications: boolean
	readonly #address: string
	readonly #isLean: boolean
	readonly #tokens: NodeTokens
	readonly #log: Logger
	readonly #troubles: RateLimitedLog
	readonly #backoff: Backoff
	readonly #limits
	readonly #signal: AbortSignal | undefined
	readonly #onAbort = () => void this.close()
	/** Callers of `whenConnected`, to be told of a connection or of `close`. */
	readonly #waiting = new Set<() => void>()
	#connection: NodeConnection | undefined
	/** Ended connections whose sockets are not gone yet. */
	readonly #leaving = new Set<Promise<void>>()
	#connectedAt: number | undefined
	#retry: NodeJS.Timeout | undefined
	#retryNotBefore = 0
	#isStarted = false
	#closing: Promise<void> | undefined

	/**
	 * @throws TypeError if the address is none of WebSocket or HTTP
	 * @throws JwtSecretError if the secret has not 32 bytes
	 */
	constructor(options: NodeClientOptions, modules: NodeClientModules) {
		super()
		this.url = shownNodeUrl(options.url)
		if (options.jwtSecret.length !== JWT_SECRET_BYTES) {
			throw new JwtSecretError(`has ${options.jwtSecret.length} bytes, expected ${JWT_SECRET_BYTES}`)
		}
		this.#address = options.url
		this.hasNotifications = !isHttpAddress(options.url)
		// TLS has a stream of its own between the kernel and us.
		this.#isLean = options.hasLargeAnswers === true && new URL(options.url).protocol === 'ws:'
		this.#tokens = new NodeTokens(options.jwtSecret)
		this.#log = modules.log
		this.#troubles = troubleLog(modules)
		this.#limits = nodeClientLimits(options)
		this.#backoff = new Backoff(this.#limits, { random: modules.random ?? Math.random })
		this.#signal = options.signal
		if (this.#signal?.aborted) this.#onAbort()
		else if (this.#signal !== undefined) listenForAbort(this.#signal, this.#onAbort)
	}

	get connected(): boolean {
		return this.#connectedAt !== undefined
	}

	/** Calls sent and not answered yet. */
	get callsInFlight(): number {
		return this.#connection?.calls.inFlight ?? 0
	}

	/** Calls that wait for a place among those in flight. */
	get callsQueued(): number {
		return this.#connection?.calls.queued ?? 0
	}

	/** Dials, and goes on dialling until `close`. */
	start(): void {
		if (this.#isStarted || this.#closing !== undefined) return
		this.#isStarted = true
		void this.#dial()
	}

	/**
	 * Calls a method and parses the answer.
	 * @throws NodeRpcError if the node answers with an error
	 * @throws NodeTimeoutError, NodeDisconnectedError, NodeProtocolError, NodeOverloadedError; or the reason of `signal`
	 */
	call(method: string, params: readonly unknown[], options?: CallOptions): Promise<unknown> {
		return this.#send(method, params, 'result', options)
	}

	/**
	 * Calls a method and has the whole frame of the answer read as it came. An answer that holds an error is
	 * recognised and thrown; apart from that a large frame has only been looked at from both ends, so whoever
	 * reads it must be ready for a frame that is broken in the middle.
	 * @param read gets bytes that are valid until it returns: the socket reads into them again. What it returns is
	 *   the result, what it throws is thrown.
	 * @throws as `call` does
	 */
	callRaw<T>(
		method: string,
		params: readonly unknown[],
		read: (frame: Buffer) => T,
		options?: CallOptions,
	): Promise<T> {
		return this.#send(method, params, read, options) as Promise<T>
	}

	/**
	 * Sends calls as one JSON-RPC batch, for many small calls at once. A node may answer a batch in one frame, so
	 * receipts are better called for one by one. Each call has its own outcome, in the order of `calls`.
	 */
	callBatch(calls: readonly NodeCall[], options?: CallOptions): Promise<PromiseSettledResult<unknown>[]> {
		const connection = this.#connection
		if (!this.connected || connection === undefined) {
			const reason = this.#notConnected()
			return Promise.resolve(calls.map(() => ({ status: 'rejected', reason })))
		}
		return Promise.allSettled(connection.calls.send(calls, 'result', true, options))
	}

	/**
	 * Resolves once there is a connection.
	 * @throws NodeDisconnectedError if there is none in time (default: the time of a call), or if the client is closed
	 */
	whenConnected(options: CallOptions = {}): Promise<void> {
		const { signal, timeoutMs = this.#limits.callTimeoutMs } = options
		if (this.connected) return Promise.resolve()
		if (this.#closing !== undefined) return Promise.reject(this.#notConnected())
		if (signal?.aborted) return Promise.reject(signal.reason)
		return new Promise((resolve, reject) => {
			const settle = () => {
				clearTimeout(timer)
				signal?.removeEventListener('abort', settle)
				this.#waiting.delete(settle)
				if (this.connected) resolve()
				else reject(signal?.aborted ? signal.reason : this.#notConnected())
			}
			const timer = setTimeout(settle, timeoutMs)
			this.#waiting.add(settle)
			if (signal !== undefined) listenForAbort(signal, settle)
		})
	}

	/** Ends the present connection, if there is one, and dials again after `delayMs` at the earliest. */
	reconnect(reason: NodeError, delayMs = 0): void {
		this.#retryNotBefore = performance.now() + delayMs
		this.#connection?.drop(reason)
	}

	/** The node was given this L1 block, so it will have something to say. */
	providedL1(number: number): void {
		this.#connection?.allowance.provided(number)
	}

	/** Counts an event that was pulled as if it had come by itself: a node that never runs out is dropped. */
	countEvent(): void {
		const connection = this.#connection
		if (connection === undefined || connection.allowance.take()) return
		connection.drop(new NodeFloodError(this.url, connection.allowance.described))
	}

	/**
	 * Stops reading from a WebSocket: TCP makes the node wait. Answers wait too, so calls may time out meanwhile.
	 */
	pauseReading(): void {
		this.#connection?.pauseReading()
	}

	resumeReading(): void {
		this.#connection?.resumeReading()
	}

	/** Fails all calls, closes the connection, and dials no more. Resolves when the socket is gone. */
	close(): Promise<void> {
		this.#closing ??= this.#close()
		return this.#closing
	}

	async #close(): Promise<void> {
		this.#signal?.removeEventListener('abort', this.#onAbort)
		clearTimeout(this.#retry)
		// After this turn `#closing` is set, so that the end of the connection is not followed by a dial.
		await Promise.resolve()
		for (const settle of [...this.#waiting]) settle()
		await Promise.all([this.#connection?.close(), ...this.#leaving])
	}

	#send(
		method: string,
		params: readonly unknown[],
		form: AnswerForm,
		options: CallOptions | undefined,
	): Promise<unknown> {
		const connection = this.#connection
		if (!this.connected || connection === undefined) return Promise.reject(this.#notConnected())
		const [answer] = connection.calls.send([{ method, params }], form, false, options)
		return answer ?? Promise.reject(this.#notConnected())
	}

	#notConnected(): NodeDisconnectedError {
		const detail = this.#closing !== undefined ? 'the client was closed' : 'there is no connection yet'
		return new NodeDisconnectedError(this.url, detail)
	}

	async #dial(): Promise<void> {
		const token = await this.#tokens.current()
		// undici takes a sixth of a second to load, in main and in each index thread, and most nodes have a WebSocket.
		const http = this.hasNotifications ? undefined : await import('./http-connection.js')
		if (this.#closing !== undefined) return
		const options = { ...this.#limits, address: this.#address, url: this.url }
		const modules = this.#connectionModules()
		this.#connection =
			http === undefined
				? new WebSocketConnection({ ...options, token, isLean: this.#isLean }, modules)
				: new http.HttpConnection({ ...options, token: () => this.#tokens.current() }, modules)
	}

	#connectionModules(): NodeConnectionModules {
		return {
			onOpen: () => {
				this.#connectedAt = performance.now()
				this.#log.info({ node: this.url }, 'connected to node')
				for (const settle of [...this.#waiting]) settle()
				this.emit('connected')
			},
			onNotification: (method, params) => this.emit('notification', method, params),
			onProtocolError: (error) => {
				this.#troubles.log(
					'warn',
					'malformed',
					{ node: this.url, reason: error.message },
					'node broke the protocol',
				)
				this.emit('malformed', error)
			},
			onEnd: (reason) => this.#ended(reason),
		}
	}

	#ended(reason: NodeError): void {
		const connectedAt = this.#connectedAt
		const connection = this.#connection
		const now = performance.now()
		this.#connectedAt = undefined
		this.#connection = undefined
		const isClosing = this.#closing !== undefined
		if (isClosing) {
			if (connectedAt !== undefined) this.emit('disconnected', reason, Number.POSITIVE_INFINITY)
			return
		}
		if (connection !== undefined) {
			const leaving = connection.close().finally(() => this.#leaving.delete(leaving))
			this.#leaving.add(leaving)
		}
		const wasStable = connectedAt !== undefined && now - connectedAt >= this.#limits.stableAfterMs
		// A flood is none the better for having taken its time.
		if (wasStable && !(reason instanceof NodeFloodError)) this.#backoff.reset()
		const retryMs = Math.max(this.#backoff.next(), Math.ceil(this.#retryNotBefore - now))
		this.#retry = setTimeout(() => void this.#dial(), retryMs)
		const fields = { node: this.url, reason: reason.message, retryMs }
		if (connectedAt !== undefined) {
			this.#troubles.log('warn', 'disconnected', fields, 'lost the connection to node')
			this.emit('disconnected', reason, retryMs)
		} else if (reason instanceof NodeRefusedError) {
			this.#troubles.log('warn', 'refused', fields, 'node refused the connection')
			this.emit('refused', reason, retryMs)
		} else {
			this.#troubles.log('warn', 'unreachable', fields, 'node cannot be reached')
			this.emit('unreachable', reason, retryMs)
		}
	}
}
