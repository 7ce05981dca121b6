import type { OptionKind } from './option-kinds.js'

/** Heads of the help and of docs/configuration.md, in their order. */
export const OPTION_GROUPS = [
	'Cluster',
	'Data directory',
	'Indexing and safety',
	'RPC server',
	'L1 gateway',
	'Unsafe blocks',
	'Metrics',
	'Log',
	'Known from other supervisors, without effect',
] as const
export type OptionGroup = (typeof OPTION_GROUPS)[number]

interface OptionCommon<T> {
	readonly group: OptionGroup
	/** Without the leading dashes. */
	readonly flag: string
	/** Other spellings of the same flag, with their dashes, such as `--network`. */
	readonly spellings?: readonly string[]
	/** A letter that may be repeated; the value is how often, as a number (`-vvv` is `3`). */
	readonly counted?: string
	/** In order of precedence: Vigil's own name, op-supervisor's, kona-supervisor's. An empty variable counts as unset. */
	readonly env: readonly string[]
	readonly kind: OptionKind<T>
	readonly help: string
}

interface RequiredOption<T> extends OptionCommon<T> {
	readonly required: true
}
interface OptionalOption<T> extends OptionCommon<T> {
	readonly required?: never
	readonly default?: never
}
interface DefaultedOption<T> extends OptionCommon<T> {
	readonly required?: never
	/** A function where the value depends on the machine; `defaultText` then says how. */
	readonly default: NoInfer<T> | (() => NoInfer<T>)
	readonly defaultText?: string
}
/** A setting of another supervisor that a running deployment may give. It never has a value here. */
interface ForeignOption extends OptionCommon<unknown> {
	readonly required?: never
	readonly default?: never
	/** `ignored`: accepted with one warning. `refused`: an error, unless it is switched off. */
	readonly foreign: 'ignored' | 'refused'
	/** Not in the help. */
	readonly hidden?: true
	/** Why it has no effect or is refused, and what to do instead. */
	readonly reason: string
}

/** One row of the table of settings. */
export type OptionRow<T = unknown> =
	| RequiredOption<T>
	| OptionalOption<T>
	| DefaultedOption<T>
	| ForeignOption

/** The value that a row gives to `Options`; `never` for foreign rows, which give none. */
export type ValueOf<Row> = Row extends ForeignOption
	? never
	: Row extends RequiredOption<infer T>
		? T
		: Row extends DefaultedOption<infer T>
			? T
			: Row extends OptionalOption<infer T>
				? T | undefined
				: never

// These only give each row its type.
export const required = <T>(row: OptionCommon<T>): RequiredOption<T> => ({ ...row, required: true })
export const optional = <T>(row: OptionCommon<T>): OptionalOption<T> => row
export const defaulted = <T>(row: DefaultedOption<T>): DefaultedOption<T> => row
export const foreign = (row: Omit<ForeignOption, 'group' | 'help'>): ForeignOption => ({
	...row,
	group: 'Known from other supervisors, without effect',
	help: row.reason,
})

/** `rpc.max-batch-size` as a variable: `RPC_MAX_BATCH_SIZE`. */
function variable(flag: string): string {
	return flag.toUpperCase().replace(/[.-]/g, '_')
}

/** Names of a setting that only Vigil has. */
export function own(flag: string): { readonly flag: string; readonly env: readonly string[] } {
	return { flag, env: [`VIGIL_${variable(flag)}`] }
}

/** Names of a setting that op-supervisor has too, and kona-supervisor, whose variable is given unless it has none. */
export function shared(
	flag: string,
	kona?: string,
): { readonly flag: string; readonly env: readonly string[] } {
	return {
		flag,
		env: [
			`VIGIL_${variable(flag)}`,
			`OP_SUPERVISOR_${variable(flag)}`,
			...(kona === undefined ? [] : [kona]),
		],
	}
}

/** Names of a setting that both have under the same name, kona-supervisor's variable without prefix. */
export function sharedBare(flag: string): { readonly flag: string; readonly env: readonly string[] } {
	return shared(flag, variable(flag))
}

/** Every way to write a setting as a flag, its own name first. */
export function flagsOf(row: OptionRow): readonly string[] {
	return [
		`--${row.flag}`,
		...(row.spellings ?? []),
		...(row.counted === undefined ? [] : [`-${row.counted}`]),
	]
}
