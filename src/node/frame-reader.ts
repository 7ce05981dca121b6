import { FrameError } from './frame-error.js'
import { type FrameHead, readFrameHead } from './frame-head.js'

/** Two answers of 100 KB. Buffers of 128 KB to 4 MB cost the same; a small one leaves memory to others. */
const BUFFER_BYTES = 256 << 10

/**
 * A buffer up to this size is kept when a large message has passed, because the next one is often as large; but not
 * for ever: there is one for each node and index thread.
 */
const KEPT_BYTES = 8 << 20
/** Messages without a large one among them after which it is given back. */
const SMALL_MESSAGES = 256

/** With less room behind what was read, it is moved to the front. */
const MIN_ROOM_BYTES = 32 << 10

/** Parts of one message, as in `ws`. */
const MAX_FRAGMENTS = 16 * 1024

const CONTINUATION = 0
const BINARY = 2
const CLOSE = 8
const PING = 9
/** Opcodes from here on are control frames. */
const CONTROL = 8

const NO_STATUS = 1005
const EMPTY = Buffer.alloc(0)

export interface FrameReaderModules {
	/** The bytes are valid until this returns. */
	readonly onMessage: (data: Buffer, isBinary: boolean) => void
	readonly onPing: (payload: Buffer) => void
	readonly onPong: () => void
	readonly onClose: (code: number, reason: Buffer) => void
}

/**
 * Takes frames of a server apart (RFC 6455, section 5) in the buffer into which the socket reads: nothing is allocated
 * and, as long as a message comes as one frame, nothing copied but a rest that is moved to the front.
 *
 * @example
 * const space = reader.space()
 * const count = readInto(space)
 * reader.take(count)
 */
export class FrameReader {
	#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
	/** Behind the last byte read. */
	#end = 0
	/** Where the next frame begins. */
	#next = 0
	/** Of the message under way: its opcode (0: none), its bytes so far, and its parts. */
	#opcode = CONTINUATION
	#messageStart = 0
	#messageEnd = 0
	#fragments = 0
	/** Messages since the last one that needed a larger buffer. */
	#smallMessages = 0
	#isStopped = false

	constructor(
		private readonly options: { readonly maxMessageBytes: number },
		private readonly modules: FrameReaderModules,
	) {}

	/** Where the next bytes belong. */
	space(): Buffer {
		return this.#buffer.subarray(this.#end)
	}

	/**
	 * Takes the `count` bytes that were written to `space()`.
	 * @throws FrameError if they are no frames that a node may send; nothing can be read after that
	 */
	take(count: number): void {
		if (this.#isStopped) return
		this.#end += count
		try {
			while (!this.#isStopped && this.#takeFrame()) {}
		} catch (error) {
			this.#isStopped = true
			throw error
		}
		if (!this.#isStopped) this.#makeRoom()
	}

	/** Takes bytes that were read elsewhere. @throws as `take` does */
	takeCopy(bytes: Uint8Array): void {
		for (let from = 0; from < bytes.length && !this.#isStopped; ) {
			const part = bytes.subarray(from, from + this.space().length)
			this.#buffer.set(part, this.#end)
			this.take(part.length)
			from += part.length
		}
	}

	/** Nothing more is handed over, not even what was read already. */
	stop(): void {
		this.#isStopped = true
		this.#buffer = EMPTY
	}

	/** @returns false if the frame has not come whole yet */
	#takeFrame(): boolean {
		const head = readFrameHead(this.#buffer, this.#next, this.#end, this.#opcode !== CONTINUATION)
		if (head === undefined) return false
		this.#check(head)
		const start = this.#next + head.bytes
		const end = start + head.payloadBytes
		if (end > this.#end) return false
		this.#next = end
		if (head.opcode < CONTROL) this.#takeData(head, start, end)
		else this.#takeControl(head.opcode, this.#buffer.subarray(start, end))
		return true
	}

	/** The limits of a message. */
	#check(head: FrameHead): void {
		if (head.opcode >= CONTROL) return
		const isFirst = head.opcode !== CONTINUATION
		const before = isFirst ? 0 : this.#messageEnd - this.#messageStart
		if (before + head.payloadBytes > this.options.maxMessageBytes) {
			throw new FrameError('Max payload size exceeded', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009)
		}
		if (!isFirst && this.#fragments >= MAX_FRAGMENTS) {
			throw new FrameError('Too many message fragments', 'WS_ERR_TOO_MANY_BUFFERED_PARTS', 1008)
		}
	}

	#takeData(head: FrameHead, start: number, end: number): void {
		if (head.opcode !== CONTINUATION) {
			this.#opcode = head.opcode
			this.#messageStart = start
			this.#messageEnd = end
			this.#fragments = 1
		} else {
			this.#buffer.copyWithin(this.#messageEnd, start, end)
			this.#messageEnd += end - start
			this.#fragments++
		}
		if (!head.isFinal) return
		const isBinary = this.#opcode === BINARY
		if (this.#messageEnd - this.#messageStart > BUFFER_BYTES / 2) this.#smallMessages = 0
		else this.#smallMessages++
		this.#opcode = CONTINUATION
		this.modules.onMessage(this.#buffer.subarray(this.#messageStart, this.#messageEnd), isBinary)
	}

	#takeControl(opcode: number, payload: Buffer): void {
		if (opcode === PING) this.modules.onPing(payload)
		else if (opcode === CLOSE) this.#takeClose(payload)
		else this.modules.onPong()
	}

	#takeClose(payload: Buffer): void {
		this.#isStopped = true
		const code = payload.length === 0 ? NO_STATUS : payload.readUInt16BE(0)
		if (payload.length > 0 && !isCloseCode(code)) {
			throw new FrameError(
				`Invalid WebSocket frame: invalid status code ${code}`,
				'WS_ERR_INVALID_CLOSE_CODE',
				1002,
			)
		}
		this.modules.onClose(code, Buffer.from(payload.subarray(2)))
	}

	/** Moves what is still needed to the front when the end is near, into a larger buffer if it fills most of this. */
	#makeRoom(): void {
		const isInMessage = this.#opcode !== CONTINUATION
		const messageBytes = isInMessage ? this.#messageEnd - this.#messageStart : 0
		const restBytes = this.#end - this.#next
		const needed = messageBytes + restBytes
		let target = this.#buffer
		if (needed === 0) {
			const kept = this.#smallMessages < SMALL_MESSAGES ? KEPT_BYTES : BUFFER_BYTES
			if (target.length > kept) target = Buffer.allocUnsafeSlow(BUFFER_BYTES)
		} else if (target.length - this.#end >= MIN_ROOM_BYTES) {
			return
		} else if (needed > target.length / 2) {
			// Grows with what has come, not with what was announced: an announcement costs a node nothing.
			target = Buffer.allocUnsafeSlow(target.length * 2)
		}
		// The parts lie in this order, so that none overwrites the next before it is moved.
		this.#buffer.copy(target, 0, this.#messageStart, this.#messageStart + messageBytes)
		this.#buffer.copy(target, messageBytes, this.#next, this.#end)
		this.#buffer = target
		this.#messageStart = 0
		this.#messageEnd = messageBytes
		this.#next = messageBytes
		this.#end = needed
	}
}

/** RFC 6455, section 7.4, and the registry of close codes. */
function isCloseCode(code: number): boolean {
	if (code >= 3000) return code <= 4999
	return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS && code !== 1006
}
