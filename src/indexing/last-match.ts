/**
 * The match with the highest number in `from..to`, or undefined if there is none at `from`. Below a match
 * everything matches (as with the common part of two chains), so the distance is doubled downwards first, because
 * what is searched is mostly near the top, and then halved.
 */
export async function findLastMatch<T>(
	range: { readonly from: number; readonly to: number },
	match: (number: number) => Promise<T | undefined>,
): Promise<T | undefined> {
	let missAt = range.to + 1
	let hitAt = range.from
	let hit: T | undefined
	for (let step = 0; hit === undefined; step = step * 2 + 1) {
		hitAt = Math.max(range.from, range.to - step)
		hit = await match(hitAt)
		if (hit === undefined) {
			missAt = hitAt
			if (hitAt === range.from) return undefined
		}
	}
	while (missAt - hitAt > 1) {
		const middle = (hitAt + missAt) >> 1
		const candidate = await match(middle)
		if (candidate === undefined) {
			missAt = middle
		} else {
			hitAt = middle
			hit = candidate
		}
	}
	return hit
}

/**
 * The last match from `from` upwards, where nothing above the first miss matches: the distance is doubled until a
 * miss, and then halved. Undefined if there is none at `from`.
 */
export async function findLastMatchAbove<T>(
	from: number,
	match: (number: number) => Promise<T | undefined>,
): Promise<T | undefined> {
	if ((await match(from)) === undefined) return undefined
	let low = from
	for (let step = 1; ; step *= 2) {
		if ((await match(from + step)) === undefined)
			return findLastMatch({ from: low, to: from + step - 1 }, match)
		low = from + step
	}
}
