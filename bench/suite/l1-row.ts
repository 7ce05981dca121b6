import { DeadlineError } from '../../test/cluster/until.js'
import type { GeneratedSource } from '../fake-cluster-messages.js'
import { delayFigures, delays } from './delays.js'
import { follow } from './follow.js'
import type { Measured } from './measurement.js'
import { inTurns, type Row, type RunInput } from './row.js'

const L1_LATENCY_MS = 50
const L1_BLOCKS = 20_000
const QUICK_L1_BLOCKS = 200
/** L1 blocks in the time of one L2 block: nearly all of them are empty. */
const L1_BLOCKS_A_BLOCK = 100
/** The first blocks are asked for before anything is prefetched. */
const SKIPPED_BLOCKS = 50
const LIMIT_S = 120
const PEER_LIMIT_S = 30

/** L1 catch-up: a node that has derived nothing is fed one L1 block after the other. */
export const L1_ROW: Row = {
	name: 'l1-catch-up',
	title: `one chain, empty L1 blocks, L1 answers after ${L1_LATENCY_MS} ms`,
	run: (context) => {
		const blocks = (context.options.quick ? QUICK_L1_BLOCKS : L1_BLOCKS) / L1_BLOCKS_A_BLOCK
		const source: GeneratedSource = {
			...{ kind: 'generated', chains: 1, blocks, logs: 0 },
			shape: { blockTime: L1_BLOCKS_A_BLOCK, l1BlockTime: 1, emptyL1Share: 0, unsafeBlocks: 1 },
		}
		return inTurns(context, { row: 'l1-catch-up', case: 'empty blocks', source, measure: feed })
	},
}

async function feed(input: RunInput): Promise<Measured> {
	const { loaded } = input.fakes
	const [[chainId, heads] = []] = loaded.heads
	const last = heads?.localSafe?.source.number
	if (chainId === undefined || last === undefined) throw new RangeError('nothing is derived')
	const request = { pace: { kind: 'asap' }, latencyMs: 0, latenciesMs: { l1: L1_LATENCY_MS } } as const
	const limit = input.contestant.name === 'vigil' ? LIMIT_S : PEER_LIMIT_S
	return follow(input, request, async (follower) => {
		let problem: string | undefined
		try {
			await follower.reach([{ chainId, kind: 'provideL1', number: last }], limit)
		} catch (error) {
			if (!(error instanceof DeadlineError)) throw error
			problem = error.message // The rate is that until then.
		}
		const { notes } = await follower.news()
		const fed = notes.filter(({ kind }) => kind === 'provideL1')
		const [first] = fed
		const end = fed.at(-1)
		const seconds = first === undefined || end === undefined ? Number.NaN : Number(end.ns - first.ns) / 1e9
		const answers = delays(notes, chainId, {
			...{ from: 'exhaustL1', to: 'provideL1', above: 1, skip: SKIPPED_BLOCKS },
		})
		return {
			figures: [
				{ name: 'L1 blocks/s', value: (fed.length - 1) / seconds, unit: 'blocks/s', better: 'more' },
				...delayFigures('exhaustL1 until provideL1', answers),
			],
			...(problem === undefined ? {} : { problem }),
		}
	})
}
