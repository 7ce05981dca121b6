/** First byte of an unfragmented text frame (RFC 6455, section 5.2). */
const FINAL_TEXT = 0x81
const MAX_SHORT = 125
const LENGTH_16 = 126
const LENGTH_64 = 127

/** The header of one unmasked text frame of `size` bytes, as a server sends it. */
export function textFrameHeader(size: number): Buffer {
	if (size <= MAX_SHORT) return Buffer.from([FINAL_TEXT, size])
	if (size < 65_536) {
		const header = Buffer.from([FINAL_TEXT, LENGTH_16, 0, 0])
		header.writeUInt16BE(size, 2)
		return header
	}
	const header = Buffer.alloc(10)
	header[0] = FINAL_TEXT
	header[1] = LENGTH_64
	header.writeBigUInt64BE(BigInt(size), 2)
	return header
}
