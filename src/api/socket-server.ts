import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type AdminOptions, isAdmin, TokenRefusedError } from './admin-access.js'
import { type BrowserOptions, isHostAllowed, isSocketOriginAllowed } from './browser-access.js'
import { clientOf } from './client-connections.js'
import type { RpcLimits } from './rpc-limits.js'
import { SocketSession, type SocketSessionModules } from './socket-session.js'

/** A message that is not there whole after the time of a request is given up; this often that is looked at. */
const SWEEP_MS = 1_000

const GOING_AWAY = 1001

const REFUSAL_MS = 1_000

export interface SocketServerOptions extends BrowserOptions {
	readonly limits: RpcLimits
	readonly admin?: AdminOptions
}

interface Peer {
	readonly session: SocketSession
	/** Since it is a WebSocket. */
	readonly bytesRead: () => number
	/** Bytes read when its last message or frame of control was whole, and when more came. */
	whole: number
	partialSince: number | undefined
	answersPings: boolean
}

/** WebSockets on the HTTP server's port: the same messages as over POST, and subscriptions. */
export class SocketServer {
	readonly #options: SocketServerOptions
	readonly #modules: SocketSessionModules
	readonly #server: WebSocketServer
	readonly #peers = new Map<WebSocket, Peer>()
	readonly #timers: readonly NodeJS.Timeout[]

	constructor(http: Server, options: SocketServerOptions, modules: SocketSessionModules) {
		this.#options = options
		this.#modules = modules
		this.#server = new WebSocketServer({
			noServer: true,
			maxPayload: options.limits.bodyBytes,
			// Compression costs CPU and memory for each client, and invites bombs.
			perMessageDeflate: false,
		})
		http.on('upgrade', (request, socket, head) => {
			socket.on('error', () => socket.destroy())
			void this.#upgrade(request, socket, head)
		})
		this.#timers = [
			setInterval(() => this.#sweep(), SWEEP_MS),
			setInterval(() => this.#ping(), options.limits.pingIntervalMs),
		]
	}

	/** Says goodbye to all; who does not answer is cut off. */
	close(): void {
		for (const timer of this.#timers) clearInterval(timer)
		for (const { session } of this.#peers.values()) session.close(GOING_AWAY, 'the server stops')
		this.#server.close()
	}

	/** Cuts off who is left. */
	terminate(): void {
		for (const socket of this.#peers.keys()) socket.terminate()
	}

	async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
		const { headers, url = '/' } = request
		if (url.split('?')[0] !== '/') return refuse(socket, '404 Not Found')
		if (!isHostAllowed(this.#options, headers))
			return refuse(socket, '403 Forbidden', 'invalid host specified')
		if (!isSocketOriginAllowed(this.#options, headers.origin))
			return refuse(socket, '403 Forbidden', 'origin not allowed')
		let mayAdmin: boolean
		try {
			mayAdmin = await isAdmin(this.#options.admin, headers.authorization)
		} catch (error) {
			return refuse(socket, '401 Unauthorized', error instanceof TokenRefusedError ? error.message : '')
		}
		const caller = { client: clientOf(request.socket), isAdmin: mayAdmin }
		if (socket.destroyed) return
		this.#server.handleUpgrade(request, socket, head, (peer) => {
			const session = new SocketSession(peer, caller, this.#options.limits, this.#modules)
			// What came together with the request is part of the first message.
			const from = request.socket.bytesRead - head.length
			this.#join(peer, session, () => request.socket.bytesRead - from)
		})
	}

	#join(socket: WebSocket, session: SocketSession, bytesRead: () => number): void {
		const peer: Peer = { session, bytesRead, whole: 0, partialSince: undefined, answersPings: true }
		this.#peers.set(socket, peer)
		const isWhole = () => {
			peer.whole = bytesRead()
			peer.partialSince = undefined
			peer.answersPings = true
		}
		socket.on('message', isWhole).on('pong', isWhole).on('ping', isWhole)
		socket.on('close', () => this.#peers.delete(socket))
		// Frames that break the protocol: ws closes the connection with the reason.
		socket.on('error', () => {})
	}

	/** Ends who sends a message too slowly, and, while all of them together take too much, who has sent most. */
	#sweep(): void {
		const { bufferedBytes, requestTimeoutMs } = this.#options.limits
		const now = performance.now()
		const partial = [...this.#peers].map(([socket, peer]) => {
			const bytes = peer.bytesRead() - peer.whole
			peer.partialSince = bytes === 0 ? undefined : (peer.partialSince ?? now)
			return { socket, bytes, ms: now - (peer.partialSince ?? now) }
		})
		partial.sort((a, b) => b.bytes - a.bytes)
		let total = partial.reduce((sum, { bytes }) => sum + bytes, 0)
		for (const { socket, bytes, ms } of partial) {
			if (ms < requestTimeoutMs && total <= bufferedBytes) continue
			total -= bytes
			socket.terminate()
		}
	}

	#ping(): void {
		for (const [socket, peer] of this.#peers) {
			if (!peer.answersPings) socket.terminate()
			peer.answersPings = false
			socket.ping()
		}
	}
}

function refuse(socket: Duplex, status: string, text = ''): void {
	// The client may never read it.
	setTimeout(() => socket.destroy(), REFUSAL_MS).unref()
	socket.end(
		`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
	)
}
