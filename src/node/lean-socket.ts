import type { ClientRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { FrameError } from './frame-error.js'
import { FrameReader } from './frame-reader.js'
import { FrameWriter } from './frame-writer.js'
import type { NodeSocket, NodeSocketModules, NodeSocketOptions } from './node-socket.js'
import { requestUpgrade } from './upgrade.js'

const HANDSHAKE_BYTES = 16 << 10
const ABNORMAL_CLOSURE = 1006
const EMPTY = Buffer.alloc(0)

/**
 * A node's socket of our own, for plain `ws://`. The kernel writes what it reads into the one buffer of the frame
 * reader, and messages are handed over where they lie. `ws` allocates a buffer for each read and for each message;
 * for answers of 100 KB that costs several times what the bytes cost (docs/performance.md, "Receiving").
 */
export class LeanSocket implements NodeSocket {
	readonly #modules: NodeSocketModules
	readonly #reader: FrameReader
	readonly #writer = new FrameWriter()
	readonly #tcp: Socket
	readonly #handshake: Handshake
	readonly #request: ClientRequest
	/** Where the kernel writes to next. */
	#space: Uint8Array = Buffer.allocUnsafeSlow(HANDSHAKE_BYTES)
	#state: NodeSocket['state'] = 'connecting'
	#isPaused = false
	#isFlushing = false
	#close: { readonly code: number; readonly reason: Buffer } = { code: ABNORMAL_CLOSURE, reason: EMPTY }

	/** @throws TypeError if the address is no URL */
	constructor(options: NodeSocketOptions, modules: NodeSocketModules) {
		this.#modules = modules
		this.#reader = new FrameReader(options, {
			onMessage: modules.onMessage,
			onPing: (payload) => this.#pinged(payload),
			onPong: modules.onControl,
			onClose: (code, reason) => this.#closedByNode(code, reason),
		})
		const { hostname, port } = new URL(options.address)
		this.#tcp = connect({
			host: hostname.replace(/^\[(.*)\]$/, '$1'),
			port: port === '' ? 80 : Number(port),
			onread: {
				buffer: () => this.#space,
				callback: (count, buffer) => this.#read(count, buffer),
			},
		})
		this.#tcp.setNoDelay()
		this.#handshake = new Handshake(this.#tcp)
		this.#tcp
			.on('error', (error) => this.#failed(error))
			.on('end', () => this.#handshake.push(null))
			.on('close', () => this.#closed())
			// Without a reader of its stream, the socket would not see its end.
			.resume()
		this.#request = requestUpgrade(
			{ address: options.address, token: options.token, stream: this.#handshake },
			{
				onUpgrade: (head) => this.#open(head),
				onRefusal: modules.onRefusal,
				onError: (error) => this.#failed(error),
			},
		)
	}

	get state(): NodeSocket['state'] {
		return this.#state
	}

	get isPaused(): boolean {
		return this.#isPaused
	}

	get bytesRead(): number {
		return this.#tcp.bytesRead
	}

	get bytesUnsent(): number {
		return this.#writer.length + this.#tcp.writableLength
	}

	send(text: string): void {
		this.#writer.text(text)
		this.#flushSoon()
	}

	ping(): void {
		this.#writer.ping()
		this.#flushSoon()
	}

	close(code: number): void {
		if (this.#state !== 'open') return
		this.#state = 'closing'
		this.#writer.close(code)
		this.#flush()
	}

	terminate(): void {
		if (this.#state === 'closed') return
		this.#state = 'closing'
		this.#reader.stop()
		this.#request.destroy()
		this.#tcp.destroy()
	}

	pause(): void {
		this.#isPaused = true
		this.#tcp.pause()
	}

	resume(): void {
		this.#isPaused = false
		this.#tcp.resume()
	}

	#read(count: number, buffer: Uint8Array): boolean {
		if (this.#state === 'connecting') {
			// The parser may keep what it is given.
			this.#handshake.receive(Buffer.from(buffer.subarray(0, count)))
			return true
		}
		this.#takeFrames(() => {
			// The first read behind the handshake still goes to the handshake's buffer.
			if (buffer.buffer === this.#reader.space().buffer) this.#reader.take(count)
			else this.#reader.takeCopy(buffer.subarray(0, count))
		})
		const space = this.#reader.space()
		// A reader that has ended has no space; what the node still sends is read and forgotten.
		if (space.length > 0) this.#space = space
		return true
	}

	#open(head: Buffer): void {
		if (this.#state !== 'connecting') return
		this.#state = 'open'
		this.#modules.onOpen()
		// What the stream still holds comes in the next tick, before the kernel writes to the reader's buffer.
		this.#handshake.on('data', (bytes: Buffer) => this.#takeFrames(() => this.#reader.takeCopy(bytes)))
		this.#takeFrames(() => this.#reader.takeCopy(head))
	}

	#takeFrames(take: () => void): void {
		try {
			take()
		} catch (error) {
			if (!(error instanceof FrameError)) throw error
			this.#broken(error)
		}
	}

	#pinged(payload: Buffer): void {
		// Whoever counts these ends the connection before the answers fill the memory.
		if (this.#state === 'open') {
			this.#writer.pong(payload)
			this.#flushSoon()
		}
		this.#modules.onControl()
	}

	#closedByNode(code: number, reason: Buffer): void {
		this.#close = { code, reason }
		// Code 1005 says that there was none, and is never sent.
		if (this.#state === 'open') this.close(code === 1005 ? 1000 : code)
		this.#tcp.end()
	}

	/** The node is told what was wrong, and heard no more. */
	#broken(error: FrameError): void {
		if (this.#state === 'open') this.close(error.closeCode)
		this.#reader.stop()
		this.#tcp.end()
		this.#modules.onError(error)
	}

	#failed(error: Error): void {
		if (this.#state === 'closed') return
		const wasEnding = this.#state === 'closing'
		this.terminate()
		if (!wasEnding) this.#modules.onError(error)
	}

	#closed(): void {
		this.#state = 'closed'
		this.#reader.stop()
		this.#request.destroy()
		this.#modules.onClose(this.#close.code, this.#close.reason)
	}

	#flushSoon(): void {
		if (this.#isFlushing) return
		this.#isFlushing = true
		setImmediate(() => {
			this.#isFlushing = false
			this.#flush()
		})
	}

	#flush(): void {
		if (this.#writer.length > 0 && this.#tcp.writable) this.#tcp.write(this.#writer.take())
	}
}

/** The TCP connection as a stream, which Node's HTTP client needs; no more than the handshake goes through it. */
class Handshake extends Duplex {
	constructor(private readonly tcp: Socket) {
		super({ allowHalfOpen: false })
	}

	receive(bytes: Buffer): void {
		if (!this.push(bytes)) this.tcp.pause()
	}

	override _read(): void {
		this.tcp.resume()
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
		this.tcp.write(chunk, encoding, done)
	}
}
