/** A part of a file; `end` is the first byte behind it. */
export interface ByteRange {
	readonly start: number
	readonly end: number
	/** Nothing else was asked for. */
	readonly isWhole: boolean
}

/**
 * Reads a `Range` header with one range. What is not of that form is passed over, as HTTP wants it.
 * @returns undefined for a range that begins behind the file
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
	const [all, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? []
	if (all === undefined) return { start: 0, end: size, isWhole: true }
	const start = Number(first)
	const end = last === '' ? size : Math.min(Number(last) + 1, size)
	if (start >= size || end <= start) return undefined
	return { start, end, isWhole: false }
}
