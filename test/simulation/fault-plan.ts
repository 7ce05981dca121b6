import { Random } from '../../src/recording/generate/random.js'
import { L1_BLOCK_TIME, type Shape } from './shape.js'

/** What goes wrong. Times and durations are ms of the cluster's time. */
export type Fault = { readonly t: number; readonly ms: number } & (
	| { readonly on: 'node'; readonly node: number; readonly kind: NodeFault; readonly amount: number }
	| { readonly on: 'l1'; readonly kind: L1Fault; readonly amount: number }
	| { readonly on: 'vigil'; readonly kind: 'restart' }
)

/**
 * - `drop`, `halfFrame`: connections are cut, between or within frames
 * - `junk`: something that is not of the protocol
 * - `down`: cannot be reached
 * - `restart`: the process dies, and loses the last `amount` unsafe blocks
 * - `swallow`, `repeat`: of its events, `amount` in 10 do not come, or come twice
 * - `slow`: answers and events take up to `amount` L1 blocks' tenths, each its own time
 * - `fail`: of its answers, `amount` in 10 are errors
 * - `mute`: of its answers, `amount` in 10 come with a wrong id; the connection is cut at the end
 */
export type NodeFault = (typeof NODE_FAULTS)[number]

/** `down`; `fail`: `amount` in 10 requests; `behind`: answers are old; `views`: answers come from two views. */
export type L1Fault = (typeof L1_FAULTS)[number]

const NODE_FAULTS = [
	'drop',
	'halfFrame',
	'junk',
	'down',
	'restart',
	'swallow',
	'repeat',
	'slow',
	'fail',
	'mute',
] as const
const L1_FAULTS = ['down', 'fail', 'behind', 'views'] as const
const L1_MS = L1_BLOCK_TIME * 1000

/** Faults between the start and the time at which all is to be calm again, in order. */
export function planFaults(shape: Shape, calmAt: number): Fault[] {
	const random = new Random(shape.seed, 0xfa)
	const nodes = shape.chains.reduce((sum, chain) => sum + chain.nodes, 0)
	const count = [0, 2, 5, 10, 20][random.below(5)] ?? 0
	const faults = Array.from({ length: count }, (): Fault => {
		const t = random.below(calmAt)
		const ms = Math.min(calmAt - t, L1_MS * (0.5 + random.fraction() * 6))
		const amount = 1 + random.below(9)
		const on = random.below(10)
		if (on < 7)
			return { t, ms, on: 'node', node: random.below(nodes), kind: pick(NODE_FAULTS, random), amount }
		if (on < 9) return { t, ms, on: 'l1', kind: pick(L1_FAULTS, random), amount }
		return { t, ms, on: 'vigil', kind: 'restart' }
	})
	return faults.sort((a, b) => a.t - b.t)
}

function pick<T>(of: readonly T[], random: Random): T {
	const item = of[random.below(of.length)]
	if (item === undefined) throw new RangeError('nothing to pick from')
	return item
}
