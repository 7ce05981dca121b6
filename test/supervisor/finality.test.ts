import { expect, it, vi } from 'vitest'
import type { L1ContradictionError } from '../../src/l1/l1-errors.js'
import type { BlockRef } from '../../src/protocol/block.js'
import { Finality } from '../../src/supervisor/finality.js'
import { afterTest } from './cleanup.js'
import { until } from './deadline.js'
import { LogCapture } from './log-capture.js'
import { extend } from './sample-recording.js'

const FORK = 6
const old = extend('l1', [], 20)
const winner = extend('l1', old.slice(0, FORK + 1), 20, 'winner')
const at = (chain: readonly BlockRef[], number: number) => chain[number] as BlockRef

/** Finality over a store that has an L1 chain, and an endpoint whose label and blocks can be of different views. */
function finalityOf(stored: readonly BlockRef[]) {
	const l1: { label: BlockRef | undefined; view: readonly BlockRef[]; stored: readonly BlockRef[] } = {
		label: undefined,
		view: stored,
		stored,
	}
	const logs = new LogCapture()
	const contradictions: (L1ContradictionError | undefined)[] = []
	const final: number[] = []
	let isAnswering = true
	let compared = 0
	const finality = new Finality({
		log: logs.log,
		store: {
			l1AtOrBelow: (number) => l1.stored.findLast((block) => block.number <= number),
			finalizedL1: () => (final.length === 0 ? undefined : at(l1.stored, final.at(-1) ?? 0)),
			setFinalizedL1: async ({ number }) => void final.push(number),
		},
		feed: {
			get finalized() {
				return l1.label
			},
			blockByNumber: async (number) => l1.view[number],
		},
		onOtherL1: async () => {
			compared++
			return isAnswering
		},
		onContradiction: (error) => contradictions.push(error),
		onFinal: () => undefined,
	})
	afterTest(() => finality.close())
	return {
		finality,
		l1,
		logs,
		contradictions,
		final,
		compared: () => compared,
		silence: () => {
			isAnswering = false
		},
	}
}

it('moves to the newest stored block below the label', async () => {
	const { finality, l1, final } = finalityOf(old.slice(0, 9))
	l1.view = old
	l1.label = at(old, 12)
	finality.check()
	await until('finality', () => final.length > 0)
	expect(final).toEqual([8])
})

it.each([8, 12])(
	'takes nothing for final while label %i and the block below it are of different views',
	async (label) => {
		const { finality, l1, final, logs, contradictions } = finalityOf(old.slice(0, 8))
		// The endpoint has turned to the winner for its label, and still answers block 7 of the old branch.
		l1.label = at(winner, label)
		finality.check()
		await logs.logged('the two views', ({ msg }) => msg.includes('two views'))
		expect(final).toEqual([])
		expect(contradictions).toEqual([])
		// It has turned wholly, and the store has followed.
		l1.view = winner
		l1.stored = winner.slice(0, 8)
		await until('finality of the winner', () => final.length > 0)
		expect(final).toEqual([7])
	},
)

it('is no contradiction while L1 does not answer whether the store is on another branch', async () => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
	afterTest(() => void vi.useRealTimers())
	const { finality, l1, contradictions, compared, silence } = finalityOf(old.slice(0, 9))
	silence()
	l1.label = at(winner, 8)
	l1.view = winner
	finality.check()
	for (let look = 1; look <= 5; look++) {
		while (compared() < look) await new Promise(setImmediate)
		await vi.advanceTimersByTimeAsync(1_000)
	}
	expect(contradictions).toEqual([])
	l1.stored = winner.slice(0, 7)
	while (contradictions.length === 0) {
		await new Promise(setImmediate)
		await vi.advanceTimersByTimeAsync(1_000)
	}
	expect(contradictions).toEqual([undefined])
})
