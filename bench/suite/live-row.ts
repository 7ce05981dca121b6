import type { GeneratedSource } from '../fake-cluster-messages.js'
import { BLOCK_TIME_MS, type BlockByBlock, paceOf, secondsFor } from './block-by-block.js'
import { allInTurns } from './catch-up-rows.js'
import { delayFigures, delays } from './delays.js'
import { follow, type Goal } from './follow.js'
import type { Measured } from './measurement.js'
import type { Row, RunInput } from './row.js'

/** Starting, and compiling what runs all the time, are no part of the load. */
const WARM_UP_BLOCKS = 30
const LIVE = { blocks: 150, intervalMs: BLOCK_TIME_MS }
const QUICK_LIVE = { blocks: 60, intervalMs: 50 }

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

async function live(input: RunInput, size: BlockByBlock): Promise<Measured> {
	const { chains } = input.fakes.loaded.cluster
	const goals = (number: number) => chains.map((chainId): Goal => ({ chainId, kind: 'crossUnsafe', number }))
	return follow(input, { latencyMs: 0, pace: paceOf(size) }, async ({ reach, news, meter }) => {
		await reach(goals(WARM_UP_BLOCKS), secondsFor({ ...size, blocks: WARM_UP_BLOCKS }))
		const fromNs = process.hrtime.bigint()
		const cpuBefore = meter.cpuMs
		await reach(goals(size.blocks), secondsFor({ ...size, blocks: size.blocks - WARM_UP_BLOCKS }))
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
