import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { NodeSocket, NodeSocketModules, NodeSocketOptions } from './node-socket.js'

const STATES = ['connecting', 'open', 'closing', 'closed'] as const

/** A node's socket of the package `ws`. */
export class WsSocket implements NodeSocket {
	readonly #socket: WebSocket
	#tcp: Socket | undefined
	#isCorked = false

	constructor(options: NodeSocketOptions, modules: NodeSocketModules) {
		this.#socket = new WebSocket(options.address, {
			headers: { authorization: `Bearer ${options.token}` },
			perMessageDeflate: false,
			skipUTF8Validation: true,
			maxPayload: options.maxMessageBytes,
		})
		this.#socket
			.on('upgrade', (response) => {
				this.#tcp = response.socket
			})
			.on('unexpected-response', (_request, response) => modules.onRefusal(response))
			.on('open', modules.onOpen)
			.on('message', (data, isBinary) => {
				// ws makes fragments and array buffers only for those who ask for them.
				if (Buffer.isBuffer(data)) modules.onMessage(data, isBinary)
			})
			.on('ping', () => {
				// ws cuts a peer that has too many pongs waiting, without a word, before it tells of the ping.
				if (this.state === 'open') modules.onControl()
				else modules.onPingFlood()
			})
			.on('pong', modules.onControl)
			.on('error', modules.onError)
			.on('close', modules.onClose)
	}

	get state(): NodeSocket['state'] {
		return STATES[this.#socket.readyState]
	}

	get isPaused(): boolean {
		return this.#socket.isPaused
	}

	get bytesRead(): number {
		return this.#tcp?.bytesRead ?? 0
	}

	get bytesUnsent(): number {
		return this.#socket.bufferedAmount
	}

	send(text: string): void {
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

	ping(): void {
		this.#socket.ping()
	}

	close(code: number): void {
		this.#socket.close(code)
	}

	terminate(): void {
		this.#socket.terminate()
	}

	pause(): void {
		this.#socket.pause()
	}

	resume(): void {
		this.#socket.resume()
	}
}
