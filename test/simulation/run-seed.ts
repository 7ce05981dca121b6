import { rmSync } from 'node:fs'
import type { ReplayCall } from '../../src/recording/replay/node-service.js'
import { openReader, type Reader } from '../../src/storage/index.js'
import { type Observed, observeAll, StepChecks } from './check-state.js'
import { Ending } from './ending.js'
import { type Fault, planFaults } from './fault-plan.js'
import { GroupedReads } from './grouped-reads.js'
import { injectFault } from './inject-faults.js'
import { writeL1Script } from './l1-script.js'
import { RunLog } from './run-log.js'
import { shapeOf } from './shape.js'
import { SimulatedCluster } from './simulated-cluster.js'
import type { SimulatedNode } from './simulated-node.js'
import { SupervisorRun } from './supervisor-run.js'
import { type SimulatedBlock, SimulatedWorld } from './world.js'

/** Real time for an L1 block. */
const L1_BLOCK_MS = 50
/** After the last L1 block, or the last step towards the end: it only turns a stall into a message. */
const STALL_MS = 30_000
/** Steps that lead nowhere must end, too. */
const DEADLINE_MS = 180_000

/** Of a whole run, whatever it waits for. */
const RUN_MS = 280_000

/** A look at everything is followed by a pause of this many times its length: Vigil needs the processor, too. */
const CHECK_PAUSES = 4

/** Of everything that is wrong, the first say most. */
const MAX_WRONG = 12

/** Seconds for which messages can be executed in a cluster that keeps few blocks, and for which more is kept. */
const PRUNED_WINDOW = 12
const PRUNED_MARGIN = 4

export interface Outcome {
	readonly seed: number
	/** What is wrong; nothing if it is empty. */
	readonly wrong: readonly string[]
	/** What happened, in a line. */
	readonly summary: string
	/** Real milliseconds from the last L1 block to the end. */
	readonly settleMs: number
	/** Blocks that were removed because they are old. */
	readonly removed: number
	/** Writes all that happened, in order. */
	readonly writeLog: (path: string) => void
}

/**
 * Runs one seed in the empty folder `directory`, which is removed if nothing is wrong.
 * @param options `isPruned`: messages expire soon, and what is older is removed all the time
 */
export async function runSeed(
	seed: number,
	directory: string,
	options: { readonly isPruned?: boolean } = {},
): Promise<Outcome> {
	const run = new SeedRun(seed, directory, options.isPruned ?? false)
	const outcome = await run.run()
	if (outcome.wrong.length === 0) rmSync(directory, { recursive: true, force: true })
	return outcome
}

class SeedRun {
	readonly #seed: number
	readonly #directory: string
	readonly #world: SimulatedWorld
	readonly #script: ReturnType<typeof writeL1Script>
	readonly #cluster: SimulatedCluster
	readonly #checks: StepChecks
	readonly #ending: Ending
	readonly #supervisor: SupervisorRun
	readonly #log = new RunLog()
	readonly #wrong: string[] = []
	readonly #calls = new Map<string, number>()
	readonly #faults: readonly Fault[]
	#reader: Reader | undefined
	#reads: GroupedReads | undefined
	#isChecking = false
	#checkMs = 0
	#removed = 0
	#isOver = false
	#differences: readonly string[] = ['nothing was read yet']
	#look: () => void = () => undefined
	#doing = 'starting the cluster'

	constructor(seed: number, directory: string, isPruned: boolean) {
		this.#seed = seed
		this.#directory = directory
		const shape = shapeOf(seed)
		this.#world = new SimulatedWorld(isPruned ? { ...shape, expiryWindow: PRUNED_WINDOW } : shape)
		this.#script = writeL1Script(this.#world)
		this.#cluster = new SimulatedCluster(this.#world, this.#script, { l1BlockMs: L1_BLOCK_MS })
		this.#checks = new StepChecks(this.#world, this.#script)
		this.#ending = new Ending(this.#world, this.#script, this.#cluster.endTime, (chain, number) => {
			const sequencer = this.#cluster.nodes.find((node) => node.chain === chain && node.index === 0)
			const hash = sequencer?.node.view.at(number)?.block.hash
			return hash === undefined ? undefined : this.#world.find(hash)
		})
		this.#faults = planFaults(this.#world.shape, this.#script.calmAt)
		this.#supervisor = new SupervisorRun({
			cluster: this.#cluster,
			directory,
			confirmationDepth: this.#world.shape.confirmationDepth,
			log: this.#log,
			isL1Pushed: seed % 2 === 0,
			...(isPruned ? { retention: PRUNED_WINDOW + PRUNED_MARGIN } : {}),
			onNews: () => this.#news(),
			onStopped: (chainId, error) => this.#fail(`chain ${chainId} is stopped: ${error.message}`),
		})
	}

	/** Ends in any case: what does not come to an end is a fault like any other. */
	async run(): Promise<Outcome> {
		let timer: NodeJS.Timeout | undefined
		const late = new Promise<Outcome>((resolve) => {
			timer = setTimeout(() => {
				this.#isOver = true
				this.#fail(`${this.#doing} does not end: ${RUN_MS} ms are over`)
				resolve(this.#outcome(RUN_MS))
			}, RUN_MS)
		})
		try {
			return await Promise.race([this.#run(), late])
		} finally {
			clearTimeout(timer)
		}
	}

	async #run(): Promise<Outcome> {
		let settleMs = 0
		let reading: Promise<void> | undefined
		try {
			await this.#cluster.start({
				onCall: (node, call) => this.#onCall(node, call),
				onEvent: ({ name }, event) => this.#log.tell(this.#cluster.now, `${name} says ${event}`),
			})
			this.#doing = 'starting the supervisor'
			await this.#supervisor.start()
			this.#reader = await openReader({
				directory: this.#directory,
				chains: this.#world.chains.map(({ chainId }) => chainId),
			})
			this.#reads = new GroupedReads({
				...{ world: this.#world, script: this.#script, store: this.#reader },
				rollups: this.#cluster.config.rollups,
				onWrong: (what) => this.#fail(what),
			})
			reading = this.#reads.run()
			this.#doing = 'the time of faults'
			this.#cluster.run()
			await Promise.all([this.#cluster.clock.done, ...this.#faults.map((fault) => this.#inject(fault))])
			this.#doing = 'settling'
			const calmAt = performance.now()
			await this.#end()
			settleMs = performance.now() - calmAt
			this.#wrong.push(...this.#log.fatal)
		} catch (error) {
			this.#wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
		} finally {
			this.#isOver = true
			this.#reads?.stop()
			await reading
			await this.#reader?.close()
			this.#doing = 'closing the supervisor'
			await this.#supervisor.close()
			this.#doing = 'closing the cluster'
			await this.#cluster.close()
		}
		return this.#outcome(settleMs)
	}

	#outcome(settleMs: number): Outcome {
		return {
			seed: this.#seed,
			wrong: this.#wrong,
			summary: this.#summary(settleMs),
			settleMs,
			removed: this.#removed,
			writeLog: (path) => this.#log.write(path, this.#world.names()),
		}
	}

	/** Performs a fault at its time, from begin to end. */
	async #inject(fault: Fault): Promise<void> {
		await this.#until(fault.t)
		if (this.#isOver) return
		this.#log.tell(this.#cluster.now, `fault ${JSON.stringify(fault)}`)
		if (fault.on === 'vigil') {
			await this.#supervisor.restart(() => this.#until(fault.t + fault.ms / 4))
			return
		}
		const end = injectFault(this.#cluster, fault)
		await this.#until(fault.t + fault.ms)
		end()
	}

	#until(t: number): Promise<void> {
		const ms = this.#cluster.realMs(t - this.#cluster.now)
		return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
	}

	/** Resolves when everything is where it must be, something is wrong, or the deadline is over. */
	async #end(): Promise<void> {
		await new Promise<void>((resolve) => {
			const started = performance.now()
			let before = ''
			const late = () => {
				for (const difference of this.#differences.slice(0, MAX_WRONG))
					this.#wrong.push(`no step in ${STALL_MS} ms, or not within ${DEADLINE_MS} ms: ${difference}`)
				resolve()
			}
			const timer = setTimeout(late, STALL_MS)
			this.#look = () => {
				const now = this.#differences.join()
				if (now !== before && performance.now() - started < DEADLINE_MS) timer.refresh()
				before = now
				if (this.#differences.length > 0 && this.#wrong.length === 0) return
				clearTimeout(timer)
				resolve()
			}
			this.#news()
		})
		this.#look = () => {}
	}

	/** Something has changed: one look for all that changes until then. */
	#news(): void {
		if (this.#isChecking || this.#isOver || this.#reader === undefined) return
		this.#isChecking = true
		setTimeout(() => {
			this.#isChecking = false
			const started = performance.now()
			if (!this.#isOver) this.#check()
			this.#checkMs = performance.now() - started
		}, this.#checkMs * CHECK_PAUSES)
	}

	#check(): void {
		const seen = this.#reader?.read((view) => observeAll(view, this.#world, this.#script))
		if (seen === undefined) return
		this.#removed = seen.removed
		for (const broken of this.#checks.broken(seen)) this.#fail(broken)
		this.#differences = [...this.#ending.differences(seen), ...this.#nodeDifferences(seen)]
		this.#look()
	}

	#nodeDifferences(seen: Observed): string[] {
		return this.#cluster.nodes.flatMap(({ chain, node, name, index }) => {
			const { unsafe, safe, finalized } = this.#ending.heads(chain, seen)
			const found: string[] = []
			const compare = (what: string, is: { readonly hash: string } | undefined, expected: SimulatedBlock) => {
				if (is?.hash === expected.ref.hash) return
				const named = is && this.#world.find(is.hash)?.name
				found.push(`${what} of node ${name} is ${named}, must be ${expected.name} of L1`)
			}
			compare('the derived head', node.position.derived, safe)
			compare('cross-safe', node.told.get('crossSafe'), safe)
			if (finalized !== undefined) compare('finalized', node.told.get('finalized'), finalized)
			// Others may be behind the sequencer.
			if (index > 0) return found
			compare('the unsafe head', node.position.unsafe, unsafe)
			compare('cross-unsafe', node.told.get('crossUnsafe'), unsafe)
			return found
		})
	}

	#onCall(node: SimulatedNode, call: ReplayCall): void {
		this.#calls.set(call.method, (this.#calls.get(call.method) ?? 0) + 1)
		this.#log.tell(this.#cluster.now, `${node.name} ${call.method} ${JSON.stringify(call.params)}`)
		const [id, source] = call.params as readonly ({ readonly hash: string } | undefined)[]
		const block = id && this.#world.find(id.hash)
		if (call.method === 'interop_updateFinalized' && block !== undefined && !this.#checks.isFinal(block))
			this.#fail(`node ${node.name} is told that ${block.name} is final, which must not be cross-safe`)
		const isDecided = source !== undefined && this.#checks.isWinning(source.hash)
		if (
			call.method === 'interop_updateCrossSafe' &&
			block !== undefined &&
			isDecided &&
			!this.#checks.isFinal(block)
		)
			this.#fail(`node ${node.name} is told that ${block.name} is cross-safe, which must not be`)
		this.#news()
	}

	#fail(what: string): void {
		if (this.#wrong.includes(what) || this.#wrong.length > MAX_WRONG) return
		this.#log.tell(this.#cluster.now, `WRONG ${what}`)
		this.#wrong.push(what)
		this.#look()
	}

	#summary(settleMs: number): string {
		const { chains } = this.#world
		const of = (method: string) => this.#calls.get(`interop_${method}`) ?? 0
		const invalidated = chains.reduce(
			(sum, chain) => sum + this.#script.last.state.of(chain).invalidated.length,
			0,
		)
		return [
			`${chains.length} chains`,
			`${this.#cluster.nodes.length} nodes`,
			`${this.#script.tip.ref.number} L1 blocks`,
			`${this.#script.reorgs} L1 reorgs`,
			`${invalidated} invalid blocks in the end`,
			`${of('invalidateBlock')} invalidations`,
			`${of('reset') + of('resetPreInterop')} resets`,
			`${this.#faults.length} faults`,
			`${this.#supervisor.starts} starts`,
			`${this.#removed} blocks removed`,
			`${this.#reads?.answers ?? 0} grouped reads`,
			`settled in ${settleMs.toFixed(0)} ms`,
		].join(', ')
	}
}
