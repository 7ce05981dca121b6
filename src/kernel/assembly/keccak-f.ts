/*
 * Keccak-f[1600] on two states at once, one in each half of a vector. Both lie in memory between rounds and a round
 * reads one copy and writes the other: sixteen registers do not hold twenty-five lanes, and addresses that are known
 * cost less than what a compiler spills.
 */

const ROUND_CONSTANTS = memory.data<u64>([
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
	0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
	0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
	0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])
const ROUNDS: usize = 24

/** Lane i of both states lies 16 * i behind. Rounds are even in number, so the result is here again. */
export const STATES = memory.data(25 * 16, 16)
const OTHER_STATES = memory.data(25 * 16, 16)

/** Permutes both states. */
export function permute(): void {
	let from: usize = STATES
	let to: usize = OTHER_STATES
	// Parities of the five columns; each round makes those of the next as it goes.
	let c0 = parity(from)
	let c1 = parity(from + 16)
	let c2 = parity(from + 32)
	let c3 = parity(from + 48)
	let c4 = parity(from + 64)
	let constant: usize = ROUND_CONSTANTS
	while (constant < ROUND_CONSTANTS + 8 * ROUNDS) {
		const d0 = v128.xor(c4, rotateBy1(c1))
		const d1 = v128.xor(c0, rotateBy1(c2))
		const d2 = v128.xor(c1, rotateBy1(c3))
		const d3 = v128.xor(c2, rotateBy1(c4))
		const d4 = v128.xor(c3, rotateBy1(c0))

		let b0 = v128.xor(v128.load(from, 16 * 0), d0)
		let b1 = rotate(v128.xor(v128.load(from, 16 * 6), d1), 44)
		let b2 = rotate(v128.xor(v128.load(from, 16 * 12), d2), 43)
		let b3 = rotate(v128.xor(v128.load(from, 16 * 18), d3), 21)
		let b4 = rotate(v128.xor(v128.load(from, 16 * 24), d4), 14)
		c0 = v128.xor(chi(b0, b1, b2), v128.load64_splat(constant))
		c1 = chi(b1, b2, b3)
		c2 = chi(b2, b3, b4)
		c3 = chi(b3, b4, b0)
		c4 = chi(b4, b0, b1)
		v128.store(to, c0, 16 * 0)
		v128.store(to, c1, 16 * 1)
		v128.store(to, c2, 16 * 2)
		v128.store(to, c3, 16 * 3)
		v128.store(to, c4, 16 * 4)

		b0 = rotate(v128.xor(v128.load(from, 16 * 3), d3), 28)
		b1 = rotate(v128.xor(v128.load(from, 16 * 9), d4), 20)
		b2 = rotate(v128.xor(v128.load(from, 16 * 10), d0), 3)
		b3 = rotate(v128.xor(v128.load(from, 16 * 16), d1), 45)
		b4 = rotate(v128.xor(v128.load(from, 16 * 22), d2), 61)
		c0 = v128.xor(c0, stored(to + 16 * 5, chi(b0, b1, b2)))
		c1 = v128.xor(c1, stored(to + 16 * 6, chi(b1, b2, b3)))
		c2 = v128.xor(c2, stored(to + 16 * 7, chi(b2, b3, b4)))
		c3 = v128.xor(c3, stored(to + 16 * 8, chi(b3, b4, b0)))
		c4 = v128.xor(c4, stored(to + 16 * 9, chi(b4, b0, b1)))

		b0 = rotateBy1(v128.xor(v128.load(from, 16 * 1), d1))
		b1 = rotate(v128.xor(v128.load(from, 16 * 7), d2), 6)
		b2 = rotate(v128.xor(v128.load(from, 16 * 13), d3), 25)
		b3 = rotateBy8(v128.xor(v128.load(from, 16 * 19), d4))
		b4 = rotate(v128.xor(v128.load(from, 16 * 20), d0), 18)
		c0 = v128.xor(c0, stored(to + 16 * 10, chi(b0, b1, b2)))
		c1 = v128.xor(c1, stored(to + 16 * 11, chi(b1, b2, b3)))
		c2 = v128.xor(c2, stored(to + 16 * 12, chi(b2, b3, b4)))
		c3 = v128.xor(c3, stored(to + 16 * 13, chi(b3, b4, b0)))
		c4 = v128.xor(c4, stored(to + 16 * 14, chi(b4, b0, b1)))

		b0 = rotate(v128.xor(v128.load(from, 16 * 4), d4), 27)
		b1 = rotate(v128.xor(v128.load(from, 16 * 5), d0), 36)
		b2 = rotate(v128.xor(v128.load(from, 16 * 11), d1), 10)
		b3 = rotate(v128.xor(v128.load(from, 16 * 17), d2), 15)
		b4 = rotateBy56(v128.xor(v128.load(from, 16 * 23), d3))
		c0 = v128.xor(c0, stored(to + 16 * 15, chi(b0, b1, b2)))
		c1 = v128.xor(c1, stored(to + 16 * 16, chi(b1, b2, b3)))
		c2 = v128.xor(c2, stored(to + 16 * 17, chi(b2, b3, b4)))
		c3 = v128.xor(c3, stored(to + 16 * 18, chi(b3, b4, b0)))
		c4 = v128.xor(c4, stored(to + 16 * 19, chi(b4, b0, b1)))

		b0 = rotate(v128.xor(v128.load(from, 16 * 2), d2), 62)
		b1 = rotate(v128.xor(v128.load(from, 16 * 8), d3), 55)
		b2 = rotate(v128.xor(v128.load(from, 16 * 14), d4), 39)
		b3 = rotate(v128.xor(v128.load(from, 16 * 15), d0), 41)
		b4 = rotate(v128.xor(v128.load(from, 16 * 21), d1), 2)
		c0 = v128.xor(c0, stored(to + 16 * 20, chi(b0, b1, b2)))
		c1 = v128.xor(c1, stored(to + 16 * 21, chi(b1, b2, b3)))
		c2 = v128.xor(c2, stored(to + 16 * 22, chi(b2, b3, b4)))
		c3 = v128.xor(c3, stored(to + 16 * 23, chi(b3, b4, b0)))
		c4 = v128.xor(c4, stored(to + 16 * 24, chi(b4, b0, b1)))

		const swapped = from
		from = to
		to = swapped
		constant += 8
	}
}

function parity(lane: usize): v128 {
	const upper = v128.xor(v128.load(lane), v128.load(lane, 16 * 5))
	const lower = v128.xor(v128.load(lane, 16 * 10), v128.load(lane, 16 * 15))
	return v128.xor(v128.xor(upper, lower), v128.load(lane, 16 * 20))
}

function chi(a: v128, b: v128, c: v128): v128 {
	return v128.xor(a, v128.andnot(c, b))
}

function stored(at: usize, lane: v128): v128 {
	v128.store(at, lane)
	return lane
}

function rotate(lane: v128, bits: i32): v128 {
	return v128.or(i64x2.shl(lane, bits), i64x2.shr_u(lane, 64 - bits))
}

/** An addition runs where shifts cannot. */
function rotateBy1(lane: v128): v128 {
	return v128.or(i64x2.add(lane, lane), i64x2.shr_u(lane, 63))
}

/** Whole bytes move with one instruction. */
function rotateBy8(lane: v128): v128 {
	return i8x16.shuffle(lane, lane, 7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14)
}

function rotateBy56(lane: v128): v128 {
	return i8x16.shuffle(lane, lane, 1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8)
}
