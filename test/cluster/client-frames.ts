/** Opcodes of RFC 6455, section 5.2. */
const CONTINUATION = 0x0
const TEXT = 0x1
const BINARY = 0x2

const FIN = 0x80
const RESERVED = 0x70
const MASKED = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127

/** The largest frame that is read; a call to a node is far smaller. */
const MAX_PAYLOAD = 16 * 1024 * 1024

interface Frame {
	readonly opcode: number
	readonly fin: boolean
	readonly payload: Buffer
	/** Bytes of the whole frame. */
	readonly size: number
}

/** Reads the messages that a WebSocket client sends from the bytes of its connection, without taking part in it. */
export class ClientFrames {
	#pending = Buffer.alloc(0)
	#fragments: Buffer[] = []
	readonly #onMessage: (text: string) => void

	/** @param onMessage told every text or binary message */
	constructor(onMessage: (text: string) => void) {
		this.#onMessage = onMessage
	}

	/** @throws Error for what cannot be a frame of a client without extensions */
	push(chunk: Buffer): void {
		this.#pending = Buffer.concat([this.#pending, chunk])
		for (;;) {
			const frame = readFrame(this.#pending)
			if (frame === undefined) return
			this.#pending = this.#pending.subarray(frame.size)
			this.#take(frame)
		}
	}

	#take({ opcode, fin, payload }: Frame): void {
		if (opcode !== CONTINUATION && opcode !== TEXT && opcode !== BINARY) return
		this.#fragments.push(payload)
		if (!fin) return
		const message = Buffer.concat(this.#fragments).toString('utf8')
		this.#fragments = []
		this.#onMessage(message)
	}
}

/** The first frame of `bytes`; undefined while it is not whole. */
function readFrame(bytes: Buffer): Frame | undefined {
	if (bytes.length < 2) return undefined
	const first = bytes.readUInt8(0)
	const second = bytes.readUInt8(1)
	if ((first & RESERVED) !== 0) throw new Error('a frame with an extension, though none was agreed')
	if ((second & MASKED) === 0) throw new Error('a client sent a frame without a mask')
	const short = second & ~MASKED
	const lengthBytes = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0
	const head = 2 + lengthBytes + 4
	if (bytes.length < head) return undefined
	const length =
		lengthBytes === 0 ? short : bytes.readUIntBE(2 + Math.max(lengthBytes - 6, 0), lengthBytes === 2 ? 2 : 6)
	if (length > MAX_PAYLOAD) throw new Error(`a frame of ${length} bytes`)
	if (bytes.length < head + length) return undefined
	const mask = bytes.subarray(head - 4, head)
	const payload = Buffer.from(bytes.subarray(head, head + length))
	for (let at = 0; at < length; at++) payload.writeUInt8(payload.readUInt8(at) ^ mask.readUInt8(at % 4), at)
	return { opcode: first & 0x0f, fin: (first & FIN) !== 0, payload, size: head + length }
}
