/** Far more than anything here takes on a busy machine; it only turns a hang into a message. */
const DEADLINE_MS = 20_000
const LOOK_MS = 5

/** The promise, or an error that says what was waited for. */
export async function withDeadline<T>(what: string | (() => string), promise: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() => reject(new Error(`not within ${DEADLINE_MS} ms: ${typeof what === 'string' ? what : what()}`)),
			DEADLINE_MS,
		)
	})
	try {
		return await Promise.race([promise, late])
	} finally {
		clearTimeout(timer)
	}
}

/** Waits for a state of which nothing tells. */
export async function until(
	what: string | (() => string),
	condition: () => boolean | Promise<boolean>,
): Promise<void> {
	let over = false
	const looking = (async () => {
		while (!over && !(await condition())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
	})()
	try {
		await withDeadline(what, looking)
	} finally {
		over = true
	}
}
