import { setTimeout as pause } from 'node:timers/promises'
import { callRpc, RpcAnswerError } from '../../test/cluster/json-rpc.js'
import { LEVEL_NAMES } from '../levels.js'
import { problemOf, rateFigures } from './catch-up.js'
import { type ContestOptions, RunningContestant } from './contestant.js'
import type { Figure, Measured, Series } from './measurement.js'
import { inTurns, type Row, type RunInput } from './row.js'
import { chainsOf, hasReached, type Look, watchHeads } from './watch-heads.js'

/** A million blocks in all take minutes; this is for what gets no further. */
const LIMIT_MS = 3_600_000
const PEER_LIMIT_MS = 600_000
/** Points of the plot. */
const POINTS = 20
const RESTART_LIMIT_S = 30
/** Between attempts to get an answer of a process that starts. */
const ASK_INTERVAL_MS = 5

/** A large store: whether it gets slower while it grows, and how fast it is there again after a restart. */
export const STORE_ROW: Row = {
	name: 'store',
	title: 'cost over the size of the store, and a restart on it (--store-blocks)',
	run: (context) => {
		const { storeBlocks, logs } = context.options
		const source = { kind: 'generated', chains: 2, blocks: storeBlocks, logs } as const
		return inTurns(context, { row: 'store', case: `2 x ${storeBlocks} blocks`, source, measure: grow })
	},
}

async function grow({ contestant, fakes, directory, context }: RunInput): Promise<Measured> {
	const { loaded } = fakes
	const served = await fakes.replay({ pace: { kind: 'asap' }, latencyMs: 0 })
	const options = {
		...{ contestant, loaded, served, directory, signal: context.signal, threads: context.options.threads },
	}
	const running = await RunningContestant.start(options)
	try {
		const limit = contestant.name === 'vigil' ? LIMIT_MS : PEER_LIMIT_MS
		const watched = await watchHeads(running, loaded.heads, limit)
		const { memory } = running.meter
		const { firstEventNs } = await fakes.news()
		await running.stop()
		const problem = problemOf(watched, { heads: loaded.heads, limit })
		const restarted = problem.problem === undefined ? await restart(options) : { figures: [] }
		return {
			figures: [
				...rateFigures(watched, { firstEventNs, logs: loaded.logs }),
				...growthFigures(watched.looks),
				{ name: 'peak RssAnon', value: memory.peakAnonMb, unit: 'MB', better: 'less' },
				...restarted.figures,
			],
			series: throughput(watched.looks),
			...problem,
			...(restarted.problem === undefined ? {} : { problem: restarted.problem }),
		}
	} finally {
		await running.stop()
	}
}

/** CPU a block of the last quarter of the blocks beside the second, as the first has the start in it. */
function growthFigures(looks: readonly Look[]): Figure[] {
	const total = looks.at(-1)?.blocks ?? 0
	const costBetween = (from: number, to: number): number => {
		const [a, b] = [from, to].map((share) => looks.find(({ blocks }) => blocks >= total * share))
		if (a === undefined || b === undefined) return Number.NaN
		return (b.cpuMs - a.cpuMs) / (b.blocks - a.blocks)
	}
	const ratio = costBetween(0.75, 1) / costBetween(0.25, 0.5)
	if (!Number.isFinite(ratio)) return []
	return [{ name: 'CPU a block, last quarter beside the second', value: ratio, unit: '' }]
}

/** Blocks a second between even numbers of blocks. */
function throughput(looks: readonly Look[]): Series {
	const total = looks.at(-1)?.blocks ?? 0
	const points: [number, number][] = []
	let from = looks.find(({ blocks }) => blocks > 0)
	for (const look of looks) {
		if (from === undefined || look.blocks - from.blocks < total / POINTS) continue
		points.push([look.blocks, ((look.blocks - from.blocks) / Number(look.ns - from.ns)) * 1e9])
		from = look
	}
	return {
		name: 'throughput over store size',
		x: { name: 'blocks in the store', unit: '' },
		y: { name: 'blocks/s', unit: '' },
		points,
	}
}

/** Starts it again on its data. Times count from the start of the process. */
async function restart(options: ContestOptions): Promise<Measured> {
	const running = await RunningContestant.start(options)
	try {
		const seconds = () => Number(process.hrtime.bigint() - running.startedNs) / 1e9
		while (!(await hasAnswered(running)) && seconds() < RESTART_LIMIT_S) await pause(ASK_INTERVAL_MS)
		const answered: Figure = { name: 'restart: first answer', value: seconds(), unit: 's', better: 'less' }
		const { heads } = options.loaded
		for (;;) {
			const status = await chainsOf(running)
			if (LEVEL_NAMES.every((level) => hasReached(level, heads, status))) break
			if (seconds() > RESTART_LIMIT_S) {
				const problem = `not at its heads ${RESTART_LIMIT_S} s after a restart`
				return { figures: [answered], problem }
			}
			await pause(ASK_INTERVAL_MS)
		}
		const figures: Figure[] = [
			answered,
			{ name: 'restart: answer with the true heads', value: seconds(), unit: 's', better: 'less' },
		]
		return { figures }
	} finally {
		await running.stop()
	}
}

async function hasAnswered({ url, signal }: RunningContestant): Promise<boolean> {
	signal.throwIfAborted()
	try {
		await callRpc(url, 'supervisor_syncStatus')
		return true
	} catch (error) {
		return error instanceof RpcAnswerError // Nobody listens yet if it is anything else.
	}
}
