import { randomFillSync } from 'node:crypto'

const FINAL = 0x80
const MASKED = 0x80
const MASK_BYTES = 4
const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10

/** Requests of one turn seldom have more: 60 calls. */
const BUFFER_BYTES = 8 << 10
/** Masks must not be foreseeable (RFC 6455, section 10.3); drawn many at once, because a draw costs a microsecond. */
const MASKS = Buffer.allocUnsafeSlow(8 << 10)
let nextMask = MASKS.length

/** Gathers the frames of a client, masked, until they are written to the socket together. */
export class FrameWriter {
	#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
	#length = 0

	get length(): number {
		return this.#length
	}

	text(text: string): void {
		const bytes = Buffer.byteLength(text)
		this.#frame(TEXT, bytes, (at) => this.#buffer.write(text, at))
	}

	ping(): void {
		this.#frame(PING, 0, () => {})
	}

	pong(payload: Buffer): void {
		this.#frame(PONG, payload.length, (at) => payload.copy(this.#buffer, at))
	}

	close(code: number): void {
		this.#frame(CLOSE, 2, (at) => this.#buffer.writeUInt16BE(code, at))
	}

	/** Hands over what was gathered; the bytes are the caller's. */
	take(): Buffer {
		const taken = this.#buffer.subarray(0, this.#length)
		this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
		this.#length = 0
		return taken
	}

	#frame(opcode: number, payloadBytes: number, write: (at: number) => void): void {
		const lengthBytes = payloadBytes < 126 ? 0 : payloadBytes < 1 << 16 ? 2 : 8
		const maskAt = this.#length + 2 + lengthBytes
		const start = maskAt + MASK_BYTES
		const end = start + payloadBytes
		this.#reserve(end)
		const buffer = this.#buffer
		buffer[this.#length] = FINAL | opcode
		if (lengthBytes === 0) buffer[this.#length + 1] = MASKED | payloadBytes
		else if (lengthBytes === 2) {
			buffer[this.#length + 1] = MASKED | 126
			buffer.writeUInt16BE(payloadBytes, this.#length + 2)
		} else {
			buffer[this.#length + 1] = MASKED | 127
			buffer.writeBigUInt64BE(BigInt(payloadBytes), this.#length + 2)
		}
		if (nextMask === MASKS.length) {
			randomFillSync(MASKS)
			nextMask = 0
		}
		MASKS.copy(buffer, maskAt, nextMask, nextMask + MASK_BYTES)
		nextMask += MASK_BYTES
		write(start)
		for (let i = 0; i < payloadBytes; i++) {
			buffer[start + i] = (buffer[start + i] ?? 0) ^ (buffer[maskAt + (i & 3)] ?? 0)
		}
		this.#length = end
	}

	#reserve(length: number): void {
		if (length <= this.#buffer.length) return
		const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length))
		this.#buffer.copy(larger, 0, 0, this.#length)
		this.#buffer = larger
	}
}
