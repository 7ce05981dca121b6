import { pino } from 'pino'
import { expect, test } from 'vitest'
import { limitRepeats } from '../../src/observability/limit-repeats.js'

/** A log at a clock that stands still. */
function limited() {
	const lines: { msg: string; repeated?: number }[] = []
	const clock = { now: 0 }
	const log = pino(
		{ level: 'debug', hooks: { logMethod: limitRepeats(() => clock.now) } },
		{ write: (line: string) => lines.push(JSON.parse(line)) },
	)
	return { lines, clock, log }
}

const times = (count: number, action: () => void) => {
	for (let time = 0; time < count; time++) action()
}

test('a message is written five times in ten seconds, and the next one tells how many were left out', () => {
	const { lines, clock, log } = limited()
	times(8, () => log.warn({ chain: '901', attempt: 1 }, 'it is tried again'))
	expect(lines).toHaveLength(5)
	clock.now = 10_000
	log.warn({ chain: '901' }, 'it is tried again')
	expect(lines.map(({ repeated }) => repeated)).toEqual([...Array(5).fill(undefined), 3])
	clock.now = 20_000
	log.warn({ chain: '901' }, 'it is tried again')
	expect(lines.at(-1)?.repeated).toBeUndefined()
})

test('messages about different chains and nodes are no repeats, whether told by the line or by its logger', () => {
	const { lines, log } = limited()
	times(6, () => log.warn({ chain: '901' }, 'down'))
	times(6, () => log.child({ chain: '902' }).warn('down'))
	times(6, () => log.child({ chain: '902' }).warn({ node: 'ws://a' }, 'down'))
	times(6, () => log.warn('up'))
	expect(lines).toHaveLength(20)
})

test('what is for finding faults is never limited', () => {
	const { lines, log } = limited()
	times(100, () => log.debug('range failed'))
	expect(lines).toHaveLength(100)
})
