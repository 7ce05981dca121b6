/** Another seed replays a failure: VIGIL_TEST_SEED=1234 npx vitest run FILE */
export function testSeed(): number {
	const given = Number(process.env.VIGIL_TEST_SEED)
	return Number.isInteger(given) && given > 0 ? given : (Date.now() % 1_000_000) + 1
}

/** Numbers from 0 up to, but without, 1 that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0
	return () => {
		state = (state + 0x6d2b79f5) >>> 0
		let mixed = Math.imul(state ^ (state >>> 15), state | 1)
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
	}
}
