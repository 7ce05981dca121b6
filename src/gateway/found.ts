/** What is there at once, or has to be waited for; undefined if there is none. */
export type Found<T> = T | undefined | Promise<T | undefined>

/** Goes on with what was found, at once if it is there. */
export function then<T, R>(found: Found<T>, go: (value: T) => Found<R>): Found<R> {
	const next = (value: T | undefined) => (value === undefined ? undefined : go(value))
	return found instanceof Promise ? found.then(next) : next(found)
}
