import { OptionError, type OptionProblem } from './option-error.js'
import { OptionValueError } from './option-kinds.js'
import { OPTIONS, type OptionName, type OptionRow, type Options, settingName } from './options.js'

/** The texts given on the command line, by the table's names. */
export type FlagTexts = { readonly [Name in OptionName]?: string }

/** Variables of the environment, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings of a run: a flag wins over a variable, a variable over the default; among the variables of one
 * setting the first of the table's order wins.
 * @throws OptionError with every problem: values of the wrong kind, missing settings, contradictions.
 */
export function resolveOptions(flags: FlagTexts, env: Environment): Options {
	const problems: OptionProblem[] = []
	const values: Partial<Record<OptionName, unknown>> = {}
	for (const name of Object.keys(OPTIONS) as OptionName[]) {
		const row: OptionRow = OPTIONS[name]
		const given = givenText(name, flags, env)
		if (given === undefined) {
			if (row.required) problems.push({ setting: settingName(name), problem: `is required: ${row.help}` })
			else values[name] = typeof row.default === 'function' ? row.default() : row.default
			continue
		}
		try {
			values[name] = row.kind.parse(given.text)
		} catch (error) {
			if (!(error instanceof OptionValueError)) throw error
			problems.push({ setting: given.setting, problem: error.message })
		}
	}
	const options = values as Partial<Options>
	problems.push(...contradictions(options))
	if (problems.length > 0) throw new OptionError(problems)
	return options as Options
}

function givenText(
	name: OptionName,
	flags: FlagTexts,
	env: Environment,
): { text: string; setting: string } | undefined {
	const row = OPTIONS[name]
	const flag = flags[name]
	if (flag !== undefined) return { text: flag, setting: `--${row.flag}` }
	for (const variable of row.env) {
		const text = env[variable]
		if (text !== undefined && text !== '') return { text, setting: `${variable} (or --${row.flag})` }
	}
	return undefined
}

/** Rules over several settings. Those that are missing or wrong by themselves are undefined here. */
function contradictions(options: Partial<Options>): OptionProblem[] {
	const problems: OptionProblem[] = []
	const nodes = options.l2ConsensusNodes?.length
	const secrets = options.l2ConsensusJwtSecret?.length
	if (nodes !== undefined && secrets !== undefined && secrets !== 1 && secrets !== nodes) {
		problems.push({
			setting: settingName('l2ConsensusJwtSecret'),
			problem: `names ${secrets} files for ${nodes} node(s): give one file for all, or one per node`,
		})
	}
	const paths = settingName('rollupConfigPaths')
	const set = settingName('rollupConfigSet')
	if (options.rollupConfigPaths === undefined && options.rollupConfigSet === undefined) {
		problems.push({
			setting: '',
			problem: `${paths} or ${set} is required: the rollup config of every chain`,
		})
	} else if (options.rollupConfigPaths !== undefined && options.rollupConfigSet !== undefined) {
		problems.push({ setting: '', problem: `${paths} and ${set} are both set: keep one` })
	}
	return problems
}
