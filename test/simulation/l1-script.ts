import { Random } from '../../src/recording/generate/random.js'
import { L1_BLOCK_TIME } from './shape.js'
import { ancestor, type L1Block, type SimulatedWorld } from './world.js'

/** What L1 shows at a time, in ms of the cluster's time since genesis. */
export interface L1Step {
	readonly t: number
	/** They become the tip one after the other; the first one's parent may be an older block. */
	readonly blocks: readonly L1Block[]
	/** The finalized label; it never goes back, and no reorg goes below it. */
	readonly finalized: number
}

export interface L1Script {
	readonly steps: readonly L1Step[]
	/** The last block of the winning L1. */
	readonly tip: L1Block
	/** The last block that nodes are given. */
	readonly last: L1Block
	readonly reorgs: number
	/** When reorgs and faults are over. */
	readonly calmAt: number
}

/** L1 blocks that close all chains are added until nothing waits any more; more than this is a fault of the world. */
const MAX_CLOSING = 200
const STEP_MS = L1_BLOCK_TIME * 1000

interface Draft {
	readonly blocks: L1Block[]
	/** The last block that this step left in its place. */
	readonly kept: number
	readonly tip: L1Block
}

/** Makes L1 up: blocks, reorgs of various depths, times in which two branches take turns, finality behind all that. */
export function writeL1Script(world: SimulatedWorld): L1Script {
	const { shape } = world
	const random = new Random(shape.seed, 0x11)
	const writer = new Writer(world)
	const reorgShare = [0, 0.06, 0.15, 0.3][random.below(4)] ?? 0
	while (writer.steps.length < shape.busyL1) {
		const depth = Math.min(1 + Math.floor(random.fraction() ** 2 * 7), writer.tip.ref.number - shape.trunk)
		if (depth < 1 || random.fraction() >= reorgShare) writer.extend()
		else if (random.below(3) > 0) writer.reorg(depth, random.below(3) - 1)
		else writer.takeTurns(depth, 2 + random.below(5))
	}
	const calmAt = writer.steps.length * STEP_MS
	writer.close()
	return writer.script(calmAt, 2 + random.below(6), random.below(3) > 0)
}

class Writer {
	readonly steps: Draft[] = []
	tip: L1Block
	#branch = 0
	#reorgs = 0

	constructor(private readonly world: SimulatedWorld) {
		this.tip = world.l1Genesis
		this.steps.push({ blocks: [this.tip], kept: 0, tip: this.tip })
	}

	extend(isClosing = false): void {
		const block = this.world.extend(this.tip, { branch: this.#branch, isClosing })
		this.#add([block], this.tip.ref.number)
	}

	/** The last `depth` blocks are replaced by as many others, one more or one less. */
	reorg(depth: number, more: number): void {
		const common = this.tip.ref.number - depth
		const fork = ancestor(this.tip, common)
		if (fork === undefined) throw new RangeError(`L1 has no block ${common}`)
		this.#branch = ++this.#reorgs
		this.#add(this.#grow(fork, Math.max(1, depth + more)), common)
	}

	/** Two branches take turns, one of them a block longer each time. */
	takeTurns(depth: number, turns: number): void {
		const common = this.tip.ref.number - depth
		const ours = { branch: this.#branch, tip: this.tip }
		this.reorg(depth, 1)
		let [here, there] = [{ branch: this.#branch, tip: this.tip }, ours]
		for (let turn = 0; turn < turns; turn++) {
			const height = here.tip.ref.number + 1
			this.#branch = there.branch
			const grown = this.#grow(there.tip, height - there.tip.ref.number)
			const tip = grown.at(-1) ?? there.tip
			const blocks: L1Block[] = []
			for (let block: L1Block | undefined = tip; block && block.ref.number > common; block = block.parent)
				blocks.unshift(block)
			this.#reorgs++
			this.#add(blocks, common)
			;[here, there] = [{ branch: this.#branch, tip }, here]
		}
		this.#branch = here.branch
	}

	/** Adds what shows all that is still open, and what keeps the last of it deep enough for nodes. */
	close(): void {
		const { chains, shape } = this.world
		const isOpen = () =>
			chains.some((chain) => {
				const { derived, settled } = this.tip.state.of(chain)
				const last = derived.at(-1)?.block
				return last === undefined || last.ref.timestamp <= shape.messageSpan || settled.at(-1)?.block !== last
			})
		for (let blocks = 0; isOpen(); blocks++) {
			if (blocks === MAX_CLOSING) throw new Error(`seed ${shape.seed}: the world does not come to an end`)
			this.extend(true)
		}
		for (let depth = 0; depth < shape.confirmationDepth; depth++) this.extend(true)
	}

	script(calmAt: number, lag: number, isAllFinal: boolean): L1Script {
		const { confirmationDepth } = this.world.shape
		const last = ancestor(this.tip, this.tip.ref.number - confirmationDepth)
		if (last === undefined) throw new RangeError('L1 is shorter than the confirmation depth')
		let floor = Number.POSITIVE_INFINITY
		const floors = this.steps.map(() => 0)
		for (let at = this.steps.length - 1; at >= 0; at--) {
			floors[at] = floor
			floor = Math.min(floor, this.steps[at]?.kept ?? 0)
		}
		let label = 0
		const steps = this.steps.map(({ blocks, tip }, at) => {
			const isLast = at === this.steps.length - 1
			const behind = isLast && isAllFinal ? 0 : lag
			label = Math.max(label, Math.min(tip.ref.number - behind, floors[at] ?? 0))
			return { t: at * STEP_MS, blocks, finalized: label }
		})
		return { steps, tip: this.tip, last, reorgs: this.#reorgs, calmAt }
	}

	#grow(from: L1Block, count: number): L1Block[] {
		const blocks: L1Block[] = []
		for (let tip = from; blocks.length < count; ) {
			tip = this.world.extend(tip, { branch: this.#branch, isClosing: false })
			blocks.push(tip)
		}
		return blocks
	}

	#add(blocks: L1Block[], kept: number): void {
		this.tip = blocks.at(-1) ?? this.tip
		this.steps.push({ blocks, kept, tip: this.tip })
	}
}
