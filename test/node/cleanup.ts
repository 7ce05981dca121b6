import { pino } from 'pino'
import { afterEach } from 'vitest'

export const log = pino({ level: 'silent' })

const closers: (() => Promise<unknown>)[] = []

/** Closes it after the test, last made first. */
export function closeLater<T extends { close(): Promise<unknown> } | { stop(): Promise<unknown> }>(it: T): T {
	closers.push(() => ('close' in it ? it.close() : it.stop()))
	return it
}

afterEach(async () => {
	for (const close of closers.splice(0).reverse()) await close()
})
