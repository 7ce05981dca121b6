import type { BenchOptions } from '../bench-options.js'

/** What the suite is run with. */
export interface SuiteOptions extends BenchOptions {
	/** Measured beside Vigil, in turns. */
	readonly peer?: 'op-supervisor'
	/** Names of rows; all without it. */
	readonly rows?: readonly string[]
	/** Of each of two chains, for the rows about the size of the store. */
	readonly storeBlocks: number
	/** Where results go. */
	readonly results: string
}

/** What `--quick` makes of the sizes that only the suite has. */
export const QUICK_SUITE = { storeBlocks: 60 }
