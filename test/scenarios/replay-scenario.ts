import type { Logger } from 'pino'
import { Cluster } from './cluster.js'
import { readClusterState } from './cluster-state.js'
import { compareOutcome, differences } from './compare-outcome.js'
import { brokenInvariants, undeservedInvalidations } from './invariants.js'
import { NaturalEnd } from './natural-end.js'
import { Operator } from './operator.js'
import { isRefusedAsImpossible } from './refuse-scenario.js'
import type { Expectation, Operation, Outcome, Scenario } from './scenario.js'

export type ScenarioResult =
	| { readonly id: string; readonly result: 'equal' | 'refused' }
	| { readonly id: string; readonly result: 'until'; readonly rules: readonly string[] }
	| { readonly id: string; readonly result: 'failed'; readonly failure: Failure }

export interface Failure {
	/** Index of the step, or where else it was. */
	readonly at: number | 'final state' | 'natural end' | 'expectation'
	readonly operation?: Operation
	readonly what: string
}

/** A difference, or a broken invariant. */
class ScenarioFailure extends Error {
	constructor(readonly failure: Failure) {
		super(failure.what)
	}
}

/** Replays one scenario on a fresh store in directory `scratch`, and holds it to its expectation. */
export async function replayScenario(
	scenario: Scenario,
	expectation: Expectation | undefined,
	scratch: string,
	modules: { readonly log: Logger },
): Promise<ScenarioResult> {
	const { id } = scenario
	if (expectation === undefined)
		return failed(id, { at: 'expectation', what: 'nothing is expected of this scenario' })
	const cluster = await Cluster.open(scenario, scratch, modules)
	try {
		if (expectation.use === 'skip') {
			if (await isRefusedAsImpossible(scenario, new Operator(cluster))) return { id, result: 'refused' }
			return failed(id, { at: 'natural end', what: 'no block with the time of its parent was refused' })
		}
		await new ScenarioReplay(scenario, expectation, cluster).run()
		return expectation.use === 'all'
			? { id, result: 'equal' }
			: { id, result: 'until', rules: expectation.rules }
	} catch (error) {
		if (error instanceof ScenarioFailure) return failed(id, error.failure)
		throw error
	} finally {
		await cluster.close()
	}
}

function failed(id: string, failure: Failure): ScenarioResult {
	return { id, result: 'failed', failure }
}

class ScenarioReplay {
	readonly #operator: Operator
	/** Set when the recorded outcomes do not apply any more. */
	#hasParted = false

	constructor(
		private readonly scenario: Scenario,
		private readonly expectation: Exclude<Expectation, { use: 'skip' }>,
		private readonly cluster: Cluster,
	) {
		this.#operator = new Operator(cluster)
	}

	async run(): Promise<void> {
		const { ops } = this.scenario
		for (const [at, operation] of ops.entries()) {
			const outcome = await this.#perform(at, operation)
			if (!this.#hasParted) this.#compare(at, operation, outcome)
			if (mayHaveChanged(operation, outcome)) this.#checkInvariants(at, operation)
		}
		if (!this.#hasParted) this.#compareEnd()
		await this.#reachNaturalEnd()
	}

	async #perform(at: number, operation: Operation) {
		try {
			return await this.#operator.perform(operation)
		} catch (error) {
			throw new ScenarioFailure({ at, operation, what: `fault: ${describe(error)}` })
		}
	}

	#compare(at: number, operation: Operation, outcome: Outcome): void {
		const { expectation } = this
		const isParting = expectation.use === 'until' && expectation.op === at
		const logCount =
			operation.block === undefined
				? 0
				: (this.scenario.chains[operation.chain]?.[operation.block]?.logs.length ?? 0)
		const found = isParting
			? differences(expectation.expected, outcome)
			: compareOutcome(operation, outcome, { logCount })
		if (isParting) this.#hasParted = true
		if (found.length === 0) return
		if (operation.alts?.includes(outcome.verdict ?? '') && outcome.verdict !== operation.verdict) {
			this.#hasParted = true
			return
		}
		throw new ScenarioFailure({ at, operation, what: found.join('; ') })
	}

	/** Heads and all cross-safe entries at the end of a scenario that is equal to the last step. */
	#compareEnd(): void {
		const { blocks } = this.cluster
		const state = this.cluster.read(readClusterState)
		for (const [id, recorded] of Object.entries(this.scenario.final)) {
			const chain = state.get(blocks.chainId(id))
			if (chain === undefined) continue
			const { chainId, crossUnsafe, settled, scopes } = chain
			const l1Index = (number: number) => this.cluster.read((view) => blocks.l1Index(view.l1(number)))
			const entries: (readonly [number | undefined, number | undefined])[] = []
			let last: { number: number; hash: (typeof settled)[number]['hash'] } | undefined
			for (const { scope } of scopes) {
				const at = l1Index(scope)
				if (last !== undefined) entries.push([at, blocks.index(chainId, last)])
				for (const block of settled.filter((row) => row.scope === scope)) {
					entries.push([at, blocks.index(chainId, block)])
					last = block
				}
			}
			const expected = recorded.crossSafe.map(([l1, block]) => [l1, block])
			this.#expectEnd(`cross-safe of chain ${id}`, entries, expected)
			const head = crossUnsafe && blocks.index(chainId, crossUnsafe)
			this.#expectEnd(`cross-unsafe of chain ${id}`, head, recorded.crossUnsafe)
		}
	}

	#expectEnd(what: string, found: unknown, expected: unknown): void {
		if (JSON.stringify(found) === JSON.stringify(expected)) return
		throw new ScenarioFailure({
			at: 'final state',
			what: `${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`,
		})
	}

	#checkInvariants(at: Failure['at'], operation?: Operation): void {
		const state = this.cluster.read(readClusterState)
		const modules = { blocks: this.cluster.blocks, link: this.cluster.rules.link }
		const broken = brokenInvariants(state, modules)
		if (at === 'natural end') broken.push(...undeservedInvalidations(state, modules))
		if (broken.length === 0) return
		throw new ScenarioFailure({ at, ...(operation && { operation }), what: broken.join('; ') })
	}

	async #reachNaturalEnd(): Promise<void> {
		const end = new NaturalEnd(this.scenario, { cluster: this.cluster, operator: this.#operator })
		try {
			await end.reach()
		} catch (error) {
			throw new ScenarioFailure({ at: 'natural end', what: describe(error) })
		}
		this.#checkInvariants('natural end')
		const unreached = end.unreached()
		if (unreached.length > 0) throw new ScenarioFailure({ at: 'natural end', what: unreached.join('; ') })
	}
}

/** A step that is refused, or waits, leaves the state as it was; that the next change would show if it did not. */
function mayHaveChanged({ op }: Operation, { verdict, action }: Outcome): boolean {
	return op === 'safe' ? action !== 'none' : verdict === 'ok'
}

function describe(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
