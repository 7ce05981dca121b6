import { InvalidArgumentError } from 'commander'

/** What every bench is run with. */
export interface BenchOptions {
	readonly json: boolean
	readonly chains: number
	/** Of each chain. */
	readonly blocks: number
	/** Of a block, on average. */
	readonly logs: number
	readonly threads: number
	readonly latency: number
	readonly runs: number
	/** A recording file; without it a generated cluster and the embedded recording are measured. */
	readonly recording?: string
	readonly quick: boolean
}

/** What `--quick` measures: enough to see that everything runs, and heads are right. */
export const QUICK = { blocks: 40, logs: 5, runs: 1 }

/** @throws InvalidArgumentError, which commander shows with the flag's name. */
export function wholeNumber(least: number): (text: string) => number {
	return (text) => {
		const value = Number(text)
		if (!Number.isSafeInteger(value) || value < least)
			throw new InvalidArgumentError(`It must be a whole number from ${least}.`)
		return value
	}
}
