import type { LogFn, Logger } from 'pino'

/** As long as a person needs to see that something goes on. */
const WINDOW_MS = 10_000

/** So many are several nodes at once, or a few blocks in a row; more are a fault that goes on. */
const MAX_LINES = 5

/** Messages are few, chains and nodes are few; beyond this many the oldest is forgotten. */
const MAX_KEYS = 1_000

/** pino's number of the least level that is limited: who asks for debug wants to see everything. */
const INFO = 30

/** What a line is about: these fields, named as the labels of metrics, tell repeats from news. */
const ABOUT = ['chain', 'node'] as const

interface Window {
	begin: number
	lines: number
	leftOut: number
}

type LogMethod = (this: Logger, args: Parameters<LogFn>, method: LogFn, level: number) => void

/**
 * For pino's `hooks.logMethod`: writes at most five lines of one message about one chain and node in ten seconds. The
 * next one after that says in `repeated` how many were left out. So no fault, foreseen or not, can fill the disk.
 */
export function limitRepeats(now: () => number = () => performance.now()): LogMethod {
	const windows = new Map<string, Window>()
	return function limited(args, method, level) {
		const fields: unknown = args[0]
		const key = level < INFO ? undefined : keyOf(this, fields, args)
		if (key === undefined) return method.apply(this, args)
		const at = now()
		const before = windows.get(key)
		if (before !== undefined && at - before.begin < WINDOW_MS) {
			if (before.lines >= MAX_LINES) {
				before.leftOut++
				return
			}
			before.lines++
			return method.apply(this, args)
		}
		// Deleting first moves the key to the end, so that the first key is always the oldest.
		windows.delete(key)
		windows.set(key, { begin: at, lines: 1, leftOut: 0 })
		const oldest = windows.keys().next().value
		if (windows.size > MAX_KEYS && oldest !== undefined) windows.delete(oldest)
		const leftOut = before?.leftOut ?? 0
		if (leftOut === 0 || typeof fields !== 'object') return method.apply(this, args)
		method.apply(this, [{ ...fields, repeated: leftOut }, ...args.slice(1)] as Parameters<LogFn>)
	}
}

/** Only texts of the program are limited: a message that was made of data is another one each time anyway. */
function keyOf(log: Logger, fields: unknown, args: readonly unknown[]): string | undefined {
	const message = typeof fields === 'string' ? fields : args[1]
	if (typeof message !== 'string') return undefined
	const bound = log.bindings()
	const own = typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
	const about = ABOUT.map((name) => String(own[name] ?? bound[name] ?? ''))
	return [message, ...about].join('\n')
}
