import { OptionError, type OptionProblem } from './option-error.js'
import { OptionValueError } from './option-kinds.js'
import { flagsOf, type OptionRow } from './option-row.js'
import { OPTION_ROWS, OPTIONS, type OptionName, type Options, settingName } from './options.js'

/** The texts given on the command line, by the flag as it is written: `--rpc.port`, `-v`. */
export type FlagTexts = Readonly<Record<string, string>>

/** Variables of the environment, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface ResolvedOptions {
	readonly options: Options
	/** What was given and has no effect, one sentence each. */
	readonly warnings: readonly string[]
}

/**
 * The settings of a run: a flag wins over a variable, a variable over the default; among the variables of one
 * setting the first of the table's order wins.
 * @throws OptionError with every problem: values of the wrong kind, missing settings, contradictions.
 */
export function resolveOptions(flags: FlagTexts, env: Environment): ResolvedOptions {
	const { values, warnings, problems } = resolveRows(OPTION_ROWS, flags, env)
	problems.push(...contradictions(values))
	if (problems.length > 0) throw new OptionError(problems)
	return { options: values as Options, warnings }
}

/** The same for a command that takes only some of the settings. @throws OptionError */
export function resolveSome<Name extends keyof Options>(
	names: readonly Name[],
	flags: FlagTexts,
	env: Environment,
): Pick<Options, Name> {
	const rows = names.map((name) => [name, OPTIONS[name] as OptionRow] as const)
	const { values, problems } = resolveRows(rows, flags, env)
	if (problems.length > 0) throw new OptionError(problems)
	return values as Pick<Options, Name>
}

function resolveRows(
	rows: readonly (readonly [OptionName, OptionRow])[],
	flags: FlagTexts,
	env: Environment,
): { values: Partial<Options>; warnings: string[]; problems: OptionProblem[] } {
	const problems: OptionProblem[] = []
	const warnings: string[] = []
	const values: Partial<Record<OptionName, unknown>> = {}
	for (const [name, row] of rows) {
		try {
			const given = givenText(row, flags, env)
			if ('foreign' in row) {
				const { problem, warning } = judgeForeign(row, given)
				if (problem !== undefined) problems.push(problem)
				if (warning !== undefined) warnings.push(warning)
			} else if (given !== undefined) values[name] = parseGiven(row, given)
			else if (row.required)
				problems.push({ setting: settingName(name), problem: `is required: ${row.help}` })
			else values[name] = typeof row.default === 'function' ? row.default() : row.default
		} catch (error) {
			if (!(error instanceof OptionError)) throw error
			problems.push(...error.problems)
		}
	}
	return { values: values as Partial<Options>, warnings, problems }
}

interface GivenText {
	readonly text: string
	/** The setting as the user wrote it, for errors. */
	readonly setting: string
}

/** @throws OptionError if two spellings of the flag are given. */
function givenText(row: OptionRow, flags: FlagTexts, env: Environment): GivenText | undefined {
	const [flag, other] = flagsOf(row).filter((spelling) => flags[spelling] !== undefined)
	if (other !== undefined)
		throw new OptionError([{ setting: '', problem: `${flag} and ${other} are both given: keep one` }])
	const text = flag === undefined ? undefined : flags[flag]
	if (flag !== undefined && text !== undefined) return { text, setting: flag }
	for (const variable of row.env) {
		const text = env[variable]
		if (text !== undefined && text !== '') return { text, setting: `${variable} (or --${row.flag})` }
	}
	return undefined
}

/** Kubernetes sets `<SERVICE>_PORT=tcp://...` for every Service, which may be the name of a setting. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//

/** @throws OptionError */
function parseGiven(row: OptionRow, { text, setting }: GivenText): unknown {
	try {
		return row.kind.parse(text)
	} catch (error) {
		if (!(error instanceof OptionValueError)) throw error
		const hint = SERVICE_LINK.test(text)
			? '; Kubernetes sets this for a Service of that name: set enableServiceLinks to false, or rename the Service'
			: ''
		throw new OptionError([{ setting, problem: `${error.message}${hint}` }])
	}
}

function judgeForeign(
	row: Extract<OptionRow, { foreign: unknown }>,
	given: GivenText | undefined,
): { readonly problem?: OptionProblem; readonly warning?: string } {
	if (given === undefined) return {}
	if (row.foreign === 'ignored') return { warning: `${given.setting} has no effect: ${row.reason}` }
	if (parseGiven(row, given) === false) return {}
	return { problem: { setting: given.setting, problem: row.reason } }
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
	if (options.rpcAdminSecret !== undefined && options.rpcEnableAdmin === false) {
		problems.push({
			setting: settingName('rpcAdminSecret'),
			problem: `protects methods that are not served: add ${settingName('rpcEnableAdmin')}, or leave it out`,
		})
	}
	if (options.unsafeRouting === true && options.unsafeRoutingNodes?.length === 0) {
		problems.push({
			setting: settingName('unsafeRouting'),
			problem: `has no nodes to give blocks to: name them with ${settingName('unsafeRoutingNodes')}`,
		})
	}
	return problems
}
