import { join } from 'node:path'
import { Cluster } from './cluster.js'
import type { Level } from './l2-node.js'
import type { Peers } from './peers.js'
import type { GatewayUse } from './settings.js'
import type { RunState, Step } from './step.js'
import { numbersOf } from './steps/wait-for-heads.js'
import { STEPS } from './steps.js'
import type { SupervisorKind } from './supervisors.js'

export interface StepResult {
	readonly rule: string
	readonly seconds: number
	/** Why the step failed; undefined if it did not. */
	readonly error?: unknown
}

export interface RunResult {
	readonly supervisor: SupervisorKind
	readonly steps: readonly StepResult[]
	/** Calls by method, for each node and L1 by name. */
	readonly calls: ReadonlyMap<string, ReadonlyMap<string, number>>
	/** Numbers of the heads at the end, by node. */
	readonly heads: ReadonlyMap<string, Readonly<Record<Level, number>>>
	/** L1 blocks that were mined while it ran. */
	readonly l1Blocks: number
}

export interface RunOptions {
	readonly supervisor: SupervisorKind
	readonly l1Gateway: GatewayUse
	readonly peers: Peers
	readonly directory: string
	readonly signal: AbortSignal
	readonly say: (line: string) => void
	readonly steps?: readonly Step[]
	/** Takes only the steps that all these supervisors take. */
	readonly commonTo: readonly SupervisorKind[]
}

/**
 * Takes all steps with a cluster of its own. One that fails ends the run, because later ones build on it.
 * @throws what keeps the cluster from starting, or the signal's reason
 */
export function runSteps({
	commonTo,
	say,
	steps: wanted = STEPS,
	...options
}: RunOptions): Promise<RunResult> {
	const directory = join(options.directory, options.supervisor)
	return Cluster.run({ ...options, directory }, async (cluster) => {
		const steps: StepResult[] = []
		const state: RunState = {}
		for (const step of wanted) {
			const reason = commonTo.map((kind) => step.leftOut?.[kind]).find((why) => why !== undefined)
			if (reason !== undefined) {
				say(`  left out  ${step.rule}: ${reason}`)
				continue
			}
			const started = performance.now()
			try {
				const seen = await step.run(cluster, state)
				const seconds = (performance.now() - started) / 1000
				steps.push({ rule: step.rule, seconds })
				say(`${time(seconds)}  ${step.rule}\n            ${seen}`)
			} catch (error) {
				options.signal.throwIfAborted()
				const seconds = (performance.now() - started) / 1000
				steps.push({ rule: step.rule, seconds, error })
				say(`${time(seconds)}  FAILED: ${step.rule}\n            ${cluster.causeOf(error)}`)
				break
			}
		}
		return { supervisor: options.supervisor, steps, ...(await ending(cluster)) }
	})
}

async function ending(cluster: Cluster): Promise<Pick<RunResult, 'calls' | 'heads' | 'l1Blocks'>> {
	const heads = new Map<string, Record<Level, number>>()
	for (const node of cluster.nodes) {
		try {
			heads.set(node.name, numbersOf(await node.heads()))
		} catch {
			// A node that is down has no heads to tell.
		}
	}
	return {
		heads,
		calls: new Map(cluster.recorders.map(({ name, counts }) => [name, new Map(counts)])),
		l1Blocks: (await cluster.l1.block('latest')).number,
	}
}

function time(seconds: number): string {
	return `${seconds.toFixed(1).padStart(8)} s`
}
