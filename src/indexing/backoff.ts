/** The first repetition comes soon: most failures are a node that restarts or reorganises. */
const FIRST_MS = 100
/** Later ones are spaced so that a node in trouble is not kept there. */
const LONGEST_MS = 10_000

/** Time to wait before attempt `attempt + 1`, in milliseconds: doubling, capped, with up to half of it random. */
export function backoffMs(attempt: number): number {
	const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 1))
	return full / 2 + Math.random() * (full / 2)
}
