import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { isAdmin } from './admin-access.js'
import { isHostAllowed } from './browser-access.js'
import { clientOf } from './client-connections.js'
import { type HttpModules, type HttpOptions, refuseBrokenHttp } from './http-routes.js'
import type { AnswerText } from './json-rpc.js'
import { plainAnswer } from './plain-answer.js'
import { PlainRequests } from './plain-request.js'

type PlainModules = Pick<HttpModules, 'dispatcher'>

/**
 * Answers plain requests (see `PlainRequests`) without Node's HTTP server, whose streams and events cost twice what a
 * check of an access list does. A connection on which anything else comes is Node's from then on, that request included.
 */
export class PlainConnections {
	readonly #server: Server
	readonly #options: HttpOptions
	readonly #modules: PlainModules
	readonly #handle: (socket: Socket) => void
	readonly #open = new Set<PlainConnection>()
	#isClosed = false

	/** Comes before `server`, which must not listen yet. */
	constructor(server: Server, options: HttpOptions, modules: PlainModules) {
		this.#server = server
		this.#options = options
		this.#modules = modules
		// Node's own listener is the first: the server itself adds it. What else listens goes on doing so.
		const [handle] = server.listeners('connection')
		if (handle === undefined) throw new Error('the HTTP server takes no connections')
		this.#handle = handle as (socket: Socket) => void
		server.off('connection', this.#handle).on('connection', (socket: Socket) => this.#take(socket))
	}

	/** Ends connections, those that wait for an answer with it. */
	close(): void {
		this.#isClosed = true
		for (const connection of this.#open) connection.close()
	}

	/** Cuts off who is left. */
	terminate(): void {
		for (const connection of this.#open) connection.terminate()
	}

	#take(socket: Socket): void {
		if (this.#isClosed) socket.destroy()
		if (socket.destroyed) return
		const connection = new PlainConnection(socket, this.#options, {
			...this.#modules,
			onOther: (bytes) => {
				this.#open.delete(connection)
				this.#handle.call(this.#server, socket)
				// As if it came just now: the stream is flowing, and nothing can come in between.
				socket.emit('data', bytes)
			},
			onClose: () => this.#open.delete(connection),
		})
		this.#open.add(connection)
	}
}

interface ConnectionModules extends PlainModules {
	/** `bytes` begin something that is no plain request; nothing of the connection is used here any more. */
	readonly onOther: (bytes: Buffer) => void
	readonly onClose: () => void
}

/** A connection as long as only plain requests came, one after the other. */
class PlainConnection {
	readonly #socket: Socket
	readonly #options: HttpOptions
	readonly #modules: ConnectionModules
	readonly #client: string
	readonly #requests: PlainRequests
	#isAnswering = false
	#isLast = false

	constructor(socket: Socket, options: HttpOptions, modules: ConnectionModules) {
		this.#socket = socket
		this.#options = options
		this.#modules = modules
		this.#client = clientOf(socket)
		this.#requests = new PlainRequests(options.limits)
		socket.setTimeout(options.limits.headersTimeoutMs)
		socket
			.on('data', this.#onData)
			.on('end', this.#onEnd)
			.on('timeout', this.#onTimeout)
			.on('error', this.#onError)
			.on('close', modules.onClose)
	}

	close(): void {
		this.#isLast = true
		if (!this.#isAnswering) this.#socket.end()
	}

	terminate(): void {
		this.#socket.destroy()
	}

	readonly #onData = (bytes: Buffer): void => {
		// Nobody would hear what became of it.
		if (this.#isLast) return
		const request = this.#requests.read(bytes)
		if (request === 'more') this.#socket.setTimeout(this.#options.limits.requestTimeoutMs)
		else if (Buffer.isBuffer(request)) this.#handOver(request)
		else if (!isHostAllowed(this.#options, { host: request.host })) this.#handOver(request.bytes)
		else this.#ask(request.body)
	}

	#ask(body: Buffer): void {
		const answer = this.#modules.dispatcher.answer(body, {
			client: this.#client,
			// Without a token this is known at once.
			isAdmin: isAdmin(this.#options.admin, undefined) === true,
		})
		if (answer instanceof Promise) void this.#answerLate(answer)
		else this.#answer(answer)
	}

	/** What is asked meanwhile waits in the socket. */
	async #answerLate(answer: Promise<AnswerText>): Promise<void> {
		this.#isAnswering = true
		this.#socket.setTimeout(this.#options.limits.stallTimeoutMs)
		this.#socket.pause()
		const text = await answer
		this.#isAnswering = false
		this.#socket.resume()
		this.#answer(text)
	}

	#answer(text: AnswerText): void {
		const socket = this.#socket
		if (!socket.writable) return
		const { idleTimeoutMs } = this.#options.limits
		if (socket.timeout !== idleTimeoutMs) socket.setTimeout(idleTimeoutMs)
		const bytes = plainAnswer(text, idleTimeoutMs)
		const hasRoom = typeof bytes === 'string' ? socket.write(bytes, 'latin1') : socket.write(bytes)
		if (this.#isLast) socket.end()
		else if (!hasRoom) this.#waitForRoom()
	}

	/** Who does not read what he asked for is not listened to. */
	#waitForRoom(): void {
		const { idleTimeoutMs, stallTimeoutMs } = this.#options.limits
		const socket = this.#socket.pause().setTimeout(stallTimeoutMs)
		socket.once('drain', () => socket.setTimeout(idleTimeoutMs).resume())
	}

	/** The client sends no more, and may wait for an answer. */
	readonly #onEnd = (): void => {
		if (this.#requests.isWaiting) refuseBrokenHttp(new Error('the request ended early'), this.#socket)
		else this.close()
	}

	readonly #onTimeout = (): void => this.terminate()

	/** `close` follows. */
	readonly #onError = (): void => {}

	#handOver(bytes: Buffer): void {
		this.#socket
			.off('data', this.#onData)
			.off('end', this.#onEnd)
			.off('timeout', this.#onTimeout)
			.off('error', this.#onError)
			.off('close', this.#modules.onClose)
			.setTimeout(0)
		this.#modules.onOther(bytes)
	}
}
