import { FakeCluster } from '../fake-cluster.js'
import type { FakeClusterSource } from '../fake-cluster-messages.js'
import type { Contestant } from './contestant.js'
import { type Measured, type Measurement, medianOf } from './measurement.js'
import { reasonOf } from './reason-of.js'
import type { SuiteOptions } from './suite-options.js'

/** What rows work with. */
export interface RowContext {
	readonly options: SuiteOptions
	/** Vigil, and the peer if there is one. */
	readonly contestants: readonly Contestant[]
	/** A new directory for a run. */
	directory(): Promise<string>
	/** Removes it, with all that is in it. */
	remove(directory: string): Promise<void>
	readonly signal: AbortSignal
}

/** One thing that is measured. */
export interface Row {
	readonly name: string
	readonly title: string
	run(context: RowContext): Promise<Measurement[]>
}

/** What a measurement is given: the fakes, and a directory that is removed afterwards. */
export interface RunInput {
	readonly contestant: Contestant
	readonly fakes: FakeCluster
	readonly directory: string
	readonly context: RowContext
}

/** One case of a row. */
export interface RowCase {
	readonly row: string
	readonly case: string
	readonly source: FakeClusterSource
	/** Left out: all. */
	readonly vigilOnly?: boolean
	measure(input: RunInput): Promise<Measured>
}

/**
 * Measures the contestants on the same fakes, in turns (A B A B), `--runs` times each. One that fails has a problem
 * instead of figures; the others go on.
 */
export async function inTurns(context: RowContext, rowCase: RowCase): Promise<Measurement[]> {
	const contestants = context.contestants.filter(({ name }) => !rowCase.vigilOnly || name === 'vigil')
	const fakes = await FakeCluster.start(rowCase.source)
	try {
		const all = new Map<Contestant, Measured[]>(contestants.map((contestant) => [contestant, []]))
		for (let run = 0; run < context.options.runs; run++)
			for (const [contestant, runs] of all)
				runs.push(await measureOne(context, { rowCase, contestant, fakes }))
		return [...all].map(([{ name }, runs]) => ({
			row: rowCase.row,
			case: rowCase.case,
			contestant: name,
			...medianOf(runs),
		}))
	} finally {
		fakes.close()
	}
}

async function measureOne(
	context: RowContext,
	{
		rowCase,
		contestant,
		fakes,
	}: { readonly rowCase: RowCase; readonly contestant: Contestant; readonly fakes: FakeCluster },
): Promise<Measured> {
	const directory = await context.directory()
	try {
		return await rowCase.measure({ contestant, fakes, directory, context })
	} catch (error) {
		context.signal.throwIfAborted()
		return { figures: [], problem: await reasonOf(error) }
	} finally {
		await context.remove(directory)
	}
}
