/** Value of a hex digit by its ASCII code, -1 for any other byte. */
export const HEX_DIGITS = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
	const text = digit.toString(16)
	HEX_DIGITS[text.charCodeAt(0)] = digit
	HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit
}

/**
 * Decodes pairs of hex digits from `at` on into `target` until a byte that is no digit or `limit` bytes are written.
 * Returns how many were. Behind the end of the text there are no digits.
 */
export function decodeHexRun(
	text: Uint8Array,
	at: number,
	target: Uint8Array,
	offset: number,
	limit: number,
): number {
	let p = at
	let out = offset
	const end = offset + limit
	while (out < end) {
		const high = HEX_DIGITS[text[p] ?? 0] ?? -1
		const low = HEX_DIGITS[text[p + 1] ?? 0] ?? -1
		if ((high | low) < 0) break
		target[out++] = (high << 4) | low
		p += 2
	}
	return out - offset
}
