import { FrameError } from './frame-error.js'

const FINAL = 0x80
const RESERVED_1 = 0x40
const RESERVED_2_3 = 0x30
const MASKED = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127
const CLOSE = 8
const MAX_CONTROL_BYTES = 125

/** The beginning of a frame (RFC 6455, section 5.2). */
export interface FrameHead {
	/** How many bytes it has itself. */
	readonly bytes: number
	readonly opcode: number
	readonly isFinal: boolean
	readonly payloadBytes: number
}

/**
 * Reads the beginning of a frame that a server sent without extensions, in the middle of a message or not.
 * @returns undefined if it has not come whole
 * @throws FrameError for one that a server may not send
 */
export function readFrameHead(
	buffer: Buffer,
	at: number,
	end: number,
	isInMessage: boolean,
): FrameHead | undefined {
	if (end - at < 2) return undefined
	const first = buffer[at] ?? 0
	const second = buffer[at + 1] ?? 0
	if ((first & RESERVED_2_3) !== 0) throw invalid('RSV2 and RSV3 must be clear', 'UNEXPECTED_RSV_2_3')
	if ((first & RESERVED_1) !== 0) throw invalid('RSV1 must be clear', 'UNEXPECTED_RSV_1')
	const opcode = first & 0x0f
	const isFinal = (first & FINAL) !== 0
	const length = second & 0x7f
	if ((opcode > 2 && opcode < CLOSE) || opcode > 10 || (opcode <= 2 && (opcode === 0) !== isInMessage)) {
		throw invalid(`invalid opcode ${opcode}`, 'INVALID_OPCODE')
	}
	if (opcode >= CLOSE) {
		if (!isFinal) throw invalid('FIN must be set', 'EXPECTED_FIN')
		if (length > MAX_CONTROL_BYTES || (opcode === CLOSE && length === 1)) {
			throw invalid(`invalid payload length ${length}`, 'INVALID_CONTROL_PAYLOAD_LENGTH')
		}
	}
	if ((second & MASKED) !== 0) throw invalid('MASK must be clear', 'UNEXPECTED_MASK')
	if (length === LENGTH_16) {
		if (end - at < 4) return undefined
		return { bytes: 4, opcode, isFinal, payloadBytes: buffer.readUInt16BE(at + 2) }
	}
	if (length === LENGTH_64) {
		if (end - at < 10) return undefined
		return { bytes: 10, opcode, isFinal, payloadBytes: readLength64(buffer, at + 2) }
	}
	return { bytes: 2, opcode, isFinal, payloadBytes: length }
}

function readLength64(buffer: Buffer, at: number): number {
	const length = buffer.readUInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4)
	if (Number.isSafeInteger(length)) return length
	throw new FrameError(
		'Unsupported WebSocket frame: payload length > 2^53 - 1',
		'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
		1009,
	)
}

function invalid(what: string, code: string): FrameError {
	return new FrameError(`Invalid WebSocket frame: ${what}`, `WS_ERR_${code}`, 1002)
}
