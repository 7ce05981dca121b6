const GOLDEN = 0x9e3779b9

/** Two bytes as hex digits: most of a generated block is hex, and formatting each number takes half of the time. */
const PAIRS: readonly string[] = Array.from({ length: 65_536 }, (_, value) =>
	value.toString(16).padStart(4, '0'),
)

/** Mixes integers into one of 32 bits; every bit of the result depends on all of them. */
export function mix(...values: readonly number[]): number {
	let hash = GOLDEN
	for (const value of values) {
		hash ^= value
		hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
		hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
		hash = (hash ^ (hash >>> 16)) + GOLDEN
	}
	return hash >>> 0
}

/**
 * Repeatable randomness: the same key gives the same numbers on every machine (mulberry32, which is fast and good
 * enough for test data; never for secrets).
 */
export class Random {
	#state: number

	constructor(...key: readonly number[]) {
		this.#state = mix(...key)
	}

	/** A whole number of 32 bits. */
	uint32(): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0
		let t = this.#state
		t = Math.imul(t ^ (t >>> 15), t | 1)
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
		return (t ^ (t >>> 14)) >>> 0
	}

	/** From 0 up to but not including 1. */
	fraction(): number {
		return this.uint32() / 2 ** 32
	}

	/** A whole number from 0 up to but not including `limit`. */
	below(limit: number): number {
		return Math.floor(this.fraction() * limit)
	}

	/** Hex digits of `bytes` random bytes, without `0x`. */
	hex(bytes: number): string {
		let digits = ''
		while (digits.length < bytes * 2) {
			const value = this.uint32()
			digits += `${PAIRS[value >>> 16]}${PAIRS[value & 0xffff]}`
		}
		return digits.slice(0, bytes * 2)
	}
}
