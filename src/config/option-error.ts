/** One thing wrong with the settings, and what to do about it. */
export interface OptionProblem {
	/** The setting as the user can write it, such as `--rpc.port (or VIGIL_RPC_PORT)`; empty for a rule over several. */
	readonly setting: string
	readonly problem: string
}

/** Settings that cannot be used. Carries every problem found, so that one run of the program shows them all. */
export class OptionError extends Error {
	constructor(readonly problems: readonly OptionProblem[]) {
		super(
			problems
				.map(({ setting, problem }) => (setting === '' ? problem : `${setting}: ${problem}`))
				.join('\n'),
		)
		this.name = 'OptionError'
	}
}
