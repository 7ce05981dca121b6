import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import { CallTable } from './call-table.js'
import { NodeDisconnectedError, type NodeError, NodeProtocolError, NodeUnauthorizedError } from './errors.js'
import { type NodeFrame, parseFrame, readFrame } from './read-frame.js'

/** A node that does not answer the close frame is cut off after this time. */
const CLOSE_TIMEOUT_MS = 1_000

/** A refusal's text is a few words; what is longer is not read. */
const REFUSAL_TEXT_BYTES = 256

const NORMAL_CLOSURE = 1000

export interface ConnectionOptions {
	/** With credentials, if there are any. */
	readonly address: string
	/** For errors and logs. */
	readonly url: string
	readonly token: string
	readonly callTimeoutMs: number
	readonly handshakeTimeoutMs: number
	readonly pingIntervalMs: number
	readonly maxFrameBytes: number
	readonly maxCallsInFlight: number
	readonly maxCallsQueued: number
}

export interface ConnectionModules {
	readonly onOpen: () => void
	readonly onNotification: (method: string, params: unknown) => void
	/** The node broke the protocol. If the connection is lost by it, `onEnd` follows. */
	readonly onProtocolError: (error: NodeProtocolError) => void
	/** Called once, whether or not the connection was ever open. */
	readonly onEnd: (reason: NodeError) => void
}

/** One WebSocket connection from dial to end. It is never used again after its end. */
export class Connection {
	readonly calls: CallTable
	readonly #socket: WebSocket
	#tcp: Socket | undefined
	#isCorked = false
	#timer: NodeJS.Timeout | undefined
	#isEnded = false
	/** Bytes read when the ping that is under way was sent. */
	#bytesAtPing: number | undefined

	constructor(
		private readonly options: ConnectionOptions,
		private readonly modules: ConnectionModules,
	) {
		const { url, callTimeoutMs, maxCallsInFlight, maxCallsQueued } = options
		this.calls = new CallTable(
			{ url, timeoutMs: callTimeoutMs, maxInFlight: maxCallsInFlight, maxQueued: maxCallsQueued },
			{ send: (text) => this.#send(text) },
		)
		this.#socket = new WebSocket(options.address, {
			headers: { authorization: `Bearer ${options.token}` },
			perMessageDeflate: false,
			skipUTF8Validation: true,
			maxPayload: options.maxFrameBytes,
		})
		this.#timer = setTimeout(
			() => this.drop(this.#lost(`no WebSocket handshake within ${options.handshakeTimeoutMs} ms`)),
			options.handshakeTimeoutMs,
		)
		this.#socket
			.on('upgrade', (response) => {
				this.#tcp = response.socket
			})
			.on('unexpected-response', (_request, response) => this.#readRefusal(response))
			.on('open', () => this.#opened())
			.on('message', (data, isBinary) => this.#received(data, isBinary))
			.on('pong', () => {
				this.#bytesAtPing = undefined
			})
			.on('error', (error) => this.drop(this.#socketError(error)))
			.on('close', (code, reason) => {
				const text = reason.length === 0 ? '' : ` ${JSON.stringify(reason.toString('latin1'))}`
				this.drop(this.#lost(`closed by the node with code ${code}${text}`))
			})
	}

	/** Ends the connection at once; all its calls fail with the reason. Does nothing after the end. */
	drop(reason: NodeError): void {
		if (this.#isEnded) return
		this.#end(reason)
		this.#socket.terminate()
	}

	/** Ends the connection with a close frame, and resolves when the socket is gone. */
	async close(): Promise<void> {
		const socket = this.#socket
		if (!this.#isEnded) this.#end(this.#lost('closed by Vigil'))
		if (socket.readyState === WebSocket.CLOSED) return
		await new Promise<void>((resolve) => {
			const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS)
			socket.once('close', () => {
				clearTimeout(timer)
				resolve()
			})
			if (socket.isPaused) socket.resume()
			if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
			else socket.close(NORMAL_CLOSURE)
		})
	}

	pauseReading(): void {
		this.#socket.pause()
	}

	resumeReading(): void {
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

	/** A peer from which nothing was read since the last ping is gone, whatever TCP thinks. */
	#ping(): void {
		const bytesRead = this.#tcp?.bytesRead ?? 0
		if (this.#socket.isPaused) {
			this.#bytesAtPing = undefined
			return
		}
		if (this.#bytesAtPing === bytesRead) {
			// After a turn that took long, the answer may wait in the socket: it is read before this runs.
			setImmediate(() => {
				if (this.#bytesAtPing !== this.#tcp?.bytesRead) return
				this.drop(this.#lost(`no answer to a ping within ${this.options.pingIntervalMs} ms`))
			})
			return
		}
		this.#bytesAtPing = bytesRead
		this.#socket.ping()
	}

	/** All that is sent in one turn of the event loop goes out in one write. */
	#send(text: string): void {
		if (this.#socket.readyState !== WebSocket.OPEN) {
			// The node has sent its close frame; ws tells only when TCP is closed too.
			this.drop(this.#lost('the node is closing the connection'))
			return
		}
		if (!this.#isCorked && this.#tcp !== undefined) {
			const tcp = this.#tcp
			this.#isCorked = true
			tcp.cork()
			setImmediate(() => {
				this.#isCorked = false
				tcp.uncork()
			})
		}
		this.#socket.send(text)
	}

	#received(data: RawData, isBinary: boolean): void {
		// What was read together with the frame that ended the connection.
		if (this.#isEnded) return
		if (isBinary || !Buffer.isBuffer(data)) {
			this.#broken('a binary frame')
			return
		}
		let frame = readFrame(data)
		if (frame.kind === 'unparsed-result' && this.calls.formOf(frame.id) === 'result') {
			const { id } = frame
			frame = parseFrame(data)
			const isAnswer = (frame.kind === 'result' || frame.kind === 'error') && frame.id === id
			if (!isAnswer && frame.kind !== 'malformed') {
				frame = { kind: 'malformed', detail: 'an answer with two ids', id }
			}
		}
		this.#route(frame, data)
	}

	#route(frame: NodeFrame, data: Buffer): void {
		switch (frame.kind) {
			case 'unparsed-result':
				if (!this.calls.settleFrame(frame.id, data)) this.#unknownId(frame.id)
				return
			case 'result':
			case 'error':
				if (!this.calls.settle(frame, data)) this.#unknownId(frame.id)
				return
			case 'batch': {
				const unknown = this.calls.settleBatch(frame.answers, data)
				if (unknown === undefined) this.#broken('a batch of answers without a batch of calls')
				else if (unknown > 0) this.#unknownId('in a batch')
				return
			}
			case 'notification':
				this.modules.onNotification(frame.method, frame.params)
				return
			case 'malformed':
				this.#broken(frame.detail, frame.id)
		}
	}

	/** A frame that cannot be understood: nothing behind it can be trusted to be in step. */
	#broken(detail: string, id?: number): void {
		const error = new NodeProtocolError(this.options.url, detail)
		if (id !== undefined) this.calls.fail(id, error)
		this.modules.onProtocolError(error)
		this.drop(error)
	}

	#unknownId(id: unknown): void {
		const shown = typeof id === 'number' || id === null ? String(id) : `a ${typeof id}`
		this.modules.onProtocolError(new NodeProtocolError(this.options.url, `an answer to no call, id ${shown}`))
	}

	#lost(detail: string, cause?: unknown): NodeDisconnectedError {
		return new NodeDisconnectedError(this.options.url, detail, cause === undefined ? {} : { cause })
	}

	/** ws names what is wrong with a frame by codes WS_ERR_*; all others come from the operating system. */
	#socketError(error: Error): NodeError {
		const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
		if (code?.startsWith('WS_ERR_')) {
			const broken = new NodeProtocolError(this.options.url, `${error.message} (${code})`)
			if (!this.#isEnded) this.modules.onProtocolError(broken)
			return broken
		}
		// With several addresses for a name, the error of a failed dial has no message of its own.
		return this.#lost(error.message === '' ? (code ?? error.name) : error.message, error)
	}

	/** The handshake was answered with something else than an upgrade; the body says why. */
	#readRefusal(response: IncomingMessage): void {
		const chunks: Buffer[] = []
		let size = 0
		const finish = () => {
			const status = response.statusCode ?? 0
			const text = readableText(Buffer.concat(chunks))
			const isRefused = status === 401 || status === 403
			const { url } = this.options
			this.drop(
				isRefused
					? new NodeUnauthorizedError(url, status, text)
					: this.#lost(`handshake was answered with HTTP ${status} ${text}`.trimEnd()),
			)
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

function readableText(bytes: Buffer): string {
	return bytes
		.toString('utf8', 0, REFUSAL_TEXT_BYTES)
		.replace(/[^\x20-\x7e]+/g, ' ')
		.trim()
}
