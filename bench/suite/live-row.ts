import type { GeneratedSource } from '../fake-cluster-messages.js'
import { allInTurns } from './catch-up-rows.js'
import { delayFigures, delays } from './delays.js'
import { follow, type Goal } from './follow.js'
import type { Measured } from './measurement.js'
import type { Row, RunInput } from './row.js'

/** Blocks of the generated chains are this far apart. */
const BLOCK_TIME_MS = 2_000
/** Starting, and compiling what runs all the time, are no part of the load. */
const WARM_UP_BLOCKS = 30
const LIVE = { blocks: 150, intervalMs: BLOCK_TIME_MS }
const QUICK_LIVE = { blocks: 60, intervalMs: 50 }
/** Beyond the time that the blocks take to appear. */
const GRACE_S = 20

type LiveSize = typeof LIVE

/** What it costs to follow chains at their own pace: the figure for sizing a machine. */
export const LIVE_ROW: Row = {
	name: 'live',
	title: 'a block of each of 2 chains every 2 s, as chains have them',
	run: (context) => {
		const size = context.options.quick ? QUICK_LIVE : LIVE
		const source: GeneratedSource = {
			...{ kind: 'generated', chains: 2, blocks: size.blocks, logs: context.options.logs },
		}
		return allInTurns(context, [
			{ row: 'live', case: 'two chains', source, measure: (input) => live(input, size) },
		])
	},
}

async function live(input: RunInput, { blocks, intervalMs }: LiveSize): Promise<Measured> {
	const { chains } = input.fakes.loaded.cluster
	const pace = { kind: 'recorded', speed: BLOCK_TIME_MS / intervalMs, announce: 'newest' } as const
	const goals = (number: number) => chains.map((chainId): Goal => ({ chainId, kind: 'crossUnsafe', number }))
	const secondsFor = (count: number) => (count * intervalMs) / 1000 + GRACE_S
	return follow(input, { latencyMs: 0, pace }, async ({ reach, news, meter }) => {
		await reach(goals(WARM_UP_BLOCKS), secondsFor(WARM_UP_BLOCKS))
		const fromNs = process.hrtime.bigint()
		const cpuBefore = meter.cpuMs
		await reach(goals(blocks), secondsFor(blocks - WARM_UP_BLOCKS))
		const toNs = process.hrtime.bigint()
		const ms = Number(toNs - fromNs) / 1e6
		const { notes } = await news()
		const toldAfter = chains.flatMap((chainId) =>
			delays(notes, chainId, { from: 'unsafeBlock', to: 'crossUnsafe', between: { fromNs, toNs } }),
		)
		const { peakAnonMb, peakRssMb } = meter.memory
		return {
			figures: [
				{ name: 'CPU of one core', value: (100 * (meter.cpuMs - cpuBefore)) / ms, unit: '%', better: 'less' },
				{ name: 'peak RssAnon', value: peakAnonMb, unit: 'MB', better: 'less' },
				{ name: 'peak RSS', value: peakRssMb, unit: 'MB' },
				...delayFigures('unsafeBlock until updateCrossUnsafe', toldAfter),
			],
		}
	})
}
