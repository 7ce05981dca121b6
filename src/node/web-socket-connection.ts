import type { IncomingMessage } from 'node:http'
import { CallTable } from './call-table.js'
import { NodeDisconnectedError, type NodeError, NodeFloodError, NodeProtocolError } from './errors.js'
import { FrameRouter } from './frame-router.js'
import { LeanSocket } from './lean-socket.js'
import type { NodeConnection, NodeConnectionModules, NodeConnectionOptions } from './node-connection.js'
import type { NodeSocket, NodeSocketModules } from './node-socket.js'
import { REFUSAL_TEXT_BYTES, refusalError } from './refusal-error.js'
import { UnaskedAllowance } from './unasked-allowance.js'
import { WsSocket } from './ws-socket.js'

/** A node that does not answer the close frame is cut off after this time. */
const CLOSE_TIMEOUT_MS = 1_000

/** What waits for a node that does not read: more than all calls that may be in flight, and their pings. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024

/** A message that is under way for as many pings in a row will not end: a slow line brings 128 MB in that time. */
const MAX_PINGS_IN_A_MESSAGE = 2

const NORMAL_CLOSURE = 1000

export interface WebSocketConnectionOptions extends NodeConnectionOptions {
	/** Only the upgrade request carries it. */
	readonly token: string
	/** Our own socket instead of that of `ws`: for large answers over plain `ws://`. */
	readonly isLean: boolean
}

/** One WebSocket connection. */
export class WebSocketConnection implements NodeConnection {
	readonly calls: CallTable
	readonly allowance: UnaskedAllowance
	readonly #router: FrameRouter
	readonly #socket: NodeSocket
	readonly #closed: Promise<void>
	#timer: NodeJS.Timeout | undefined
	#isEnded = false
	/** Messages and control frames that came whole. */
	#messages = 0
	/** How it stood at the last ping, and how many pings in a row found the node in one and the same message. */
	#pinged: { readonly bytesRead: number; readonly messages: number; readonly inMessage: number } | undefined

	constructor(
		private readonly options: WebSocketConnectionOptions,
		private readonly modules: NodeConnectionModules,
	) {
		const { url, callTimeoutMs, maxCallsInFlight, maxCallsQueued } = options
		this.calls = new CallTable(
			{ url, timeoutMs: callTimeoutMs, maxInFlight: maxCallsInFlight, maxQueued: maxCallsQueued },
			{ send: (text) => this.#send(text) },
		)
		this.allowance = new UnaskedAllowance(options.unasked)
		this.#router = new FrameRouter(
			{ url },
			{ ...modules, calls: this.calls, allowance: this.allowance, drop: (reason) => this.drop(reason) },
		)
		let closed = () => {}
		this.#closed = new Promise((resolve) => {
			closed = resolve
		})
		this.#timer = setTimeout(
			() => this.drop(this.#lost(`no WebSocket handshake within ${options.handshakeTimeoutMs} ms`)),
			options.handshakeTimeoutMs,
		)
		const socketOptions = {
			address: options.address,
			token: options.token,
			maxMessageBytes: options.maxFrameBytes,
		}
		const socketModules: NodeSocketModules = {
			onOpen: () => this.#opened(),
			onMessage: (data, isBinary) => this.#received(data, isBinary),
			onControl: () => this.#controlled(),
			onPingFlood: () => {
				if (!this.#isEnded) this.#router.flooded('more pings than it reads answers to')
			},
			onRefusal: (response) => this.#readRefusal(response),
			onError: (error) => this.drop(this.#socketError(error)),
			onClose: (code, reason) => {
				const text = reason.length === 0 ? '' : ` ${JSON.stringify(reason.toString('latin1'))}`
				this.drop(this.#lost(`closed by the node with code ${code}${text}`))
				closed()
			},
		}
		this.#socket = options.isLean
			? new LeanSocket(socketOptions, socketModules)
			: new WsSocket(socketOptions, socketModules)
	}

	drop(reason: NodeError): void {
		if (this.#isEnded) return
		this.#end(reason)
		this.#socket.terminate()
	}

	async close(): Promise<void> {
		const socket = this.#socket
		if (!this.#isEnded) this.#end(this.#lost('closed by Vigil'))
		if (socket.state === 'closed') return
		const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS)
		if (socket.isPaused) socket.resume()
		if (socket.state === 'connecting') socket.terminate()
		else socket.close(NORMAL_CLOSURE)
		await this.#closed
		clearTimeout(timer)
	}

	/** TCP makes the node wait. */
	pauseReading(): void {
		this.allowance.setReading(false)
		this.#socket.pause()
	}

	resumeReading(): void {
		this.allowance.setReading(true)
		this.#socket.resume()
	}

	#end(reason: NodeError): void {
		this.#isEnded = true
		clearInterval(this.#timer)
		this.calls.end(
			reason instanceof NodeDisconnectedError
				? reason
				: new NodeDisconnectedError(this.options.url, reason.message, { cause: reason }),
		)
		this.modules.onEnd(reason)
	}

	#opened(): void {
		if (this.#isEnded) return
		clearTimeout(this.#timer)
		this.#timer = setInterval(() => this.#ping(), this.options.pingIntervalMs)
		this.modules.onOpen()
	}

	/**
	 * A peer from which nothing was read since the last ping is gone, whatever TCP thinks. One that sends, but never
	 * comes to the end of a message, is of no more use.
	 */
	#ping(): void {
		const { bytesRead } = this.#socket
		const last = this.#pinged
		if (this.#socket.isPaused) {
			this.#pinged = undefined
			return
		}
		const isInMessage = last !== undefined && last.messages === this.#messages
		if (isInMessage && last.bytesRead === bytesRead) {
			// After a turn that took long, the answer may wait in the socket: it is read before this runs.
			setImmediate(() => {
				if (bytesRead !== this.#socket.bytesRead) return
				this.drop(this.#lost(`no answer to a ping within ${this.options.pingIntervalMs} ms`))
			})
			return
		}
		const inMessage = isInMessage ? last.inMessage + 1 : 0
		if (inMessage >= MAX_PINGS_IN_A_MESSAGE) {
			const seconds = (MAX_PINGS_IN_A_MESSAGE * this.options.pingIntervalMs) / 1_000
			this.#router.flooded(`a message without an end, for more than ${seconds} s`)
			return
		}
		this.#pinged = { bytesRead, messages: this.#messages, inMessage }
		this.#socket.ping()
	}

	/** A ping, which was answered, or a pong. */
	#controlled(): void {
		this.#messages++
		if (!this.#isEnded && this.#router.countUnasked()) this.#checkUnsent()
	}

	#checkUnsent(): void {
		const unsent = this.#socket.bytesUnsent
		if (unsent > MAX_UNSENT_BYTES) this.drop(this.#lost(`it does not read: ${unsent} bytes wait for it`))
	}

	#send(text: string): void {
		if (this.#socket.state !== 'open') {
			// The node has sent its close frame; the socket tells only when TCP is closed too.
			this.drop(this.#lost('the node is closing the connection'))
			return
		}
		this.#socket.send(text)
		this.#checkUnsent()
	}

	#received(data: Buffer, isBinary: boolean): void {
		// What was read together with the frame that ended the connection.
		if (this.#isEnded) return
		this.#messages++
		if (isBinary) this.#router.broken('a binary frame')
		else this.#router.take(data)
	}

	#lost(detail: string, cause?: unknown): NodeDisconnectedError {
		return new NodeDisconnectedError(this.options.url, detail, cause === undefined ? {} : { cause })
	}

	/**
	 * What is wrong with a frame has a code WS_ERR_*, and what Node's parser finds in the handshake HPE_*;
	 * all others come from the operating system.
	 */
	#socketError(error: Error): NodeError {
		const { url, maxFrameBytes } = this.options
		const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
		if (!/^(WS_ERR|HPE)_/.test(code)) {
			// With several addresses for a name, the error of a failed dial has no message of its own.
			return this.#lost(error.message === '' ? code || error.name : error.message, error)
		}
		const text = `${error.message} (${code})`
		const flood = describeFlood(code, maxFrameBytes)
		const broken =
			flood === undefined ? new NodeProtocolError(url, text) : new NodeFloodError(url, `${flood}: ${text}`)
		if (!this.#isEnded) this.modules.onProtocolError(broken)
		return broken
	}

	/** The handshake was answered with something else than an upgrade; the body says why. */
	#readRefusal(response: IncomingMessage): void {
		const chunks: Buffer[] = []
		let size = 0
		const finish = () => {
			const { url } = this.options
			this.drop(refusalError({ url, status: response.statusCode ?? 0, text: Buffer.concat(chunks) }))
		}
		response
			.on('data', (chunk: Buffer) => {
				chunks.push(chunk)
				size += chunk.length
				if (size >= REFUSAL_TEXT_BYTES) finish()
			})
			.on('end', finish)
			.on('error', finish)
	}
}

function describeFlood(code: string, maxFrameBytes: number): string | undefined {
	switch (code) {
		case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
		case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
			return `a message of more than ${maxFrameBytes} bytes`
		case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
			return 'a message in too many parts'
		case 'HPE_HEADER_OVERFLOW':
			return 'headers without an end'
		default:
			return undefined
	}
}
