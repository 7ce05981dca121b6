import { type Command, type HelpConfiguration, Option } from 'commander'
import { flagsOf, type OptionRow } from './option-row.js'
import { OPTION_ROWS, OPTIONS, type OptionName } from './options.js'
import type { FlagTexts } from './resolve-options.js'

/**
 * A commander option for one spelling of a row of the table. Values stay text: `resolveOptions` reads them, so that
 * a flag and a variable go through the same checks.
 */
class TableOption extends Option {
	constructor(
		private readonly spelling: string,
		row: OptionRow,
	) {
		const isCounted = spelling === `-${row.counted}`
		const { shape, placeholder } = row.kind
		const value = shape === 'switch' ? `[${placeholder}]` : `<${placeholder}>`
		super(isCounted ? spelling : `${spelling} ${value}`, `${row.help} (${optionNotes(row).join('; ')})`)
		this.helpGroup(`${row.group}:`)
		// Only the first spelling is listed; its notes name the others.
		if (spelling !== `--${row.flag}` || ('hidden' in row && row.hidden)) this.hideHelp()
		if (isCounted) this.preset('').argParser((_text, before?: string) => String(Number(before ?? 0) + 1))
		if (shape === 'list')
			this.argParser((part: string, before: string | undefined) =>
				before === undefined ? part : `${before},${part}`,
			)
	}

	/** commander would make `l2Consensus.nodes` of the dotted flag. */
	override attributeName(): string {
		return this.spelling
	}
}

/** What the help says of a row beside what it does. */
export function optionNotes(row: OptionRow): string[] {
	const [, ...others] = flagsOf(row)
	const notes = [
		...(others.length > 0 ? [`also: ${others.join(', ')}`] : []),
		...(row.env.length > 0 ? [`env: ${row.env.join(', ')}`] : []),
	]
	if ('foreign' in row) return [...notes, row.foreign]
	if (row.required) return [...notes, 'required']
	const value = defaultText(row)
	return value === undefined ? notes : [...notes, `default: ${value}`]
}

/** The default as the help shows it; undefined if there is none. */
export function defaultText(row: OptionRow): string | undefined {
	if (row.required || row.default === undefined) return undefined
	return row.defaultText ?? String(row.default)
}

/** Terms are long here: the help puts each description on lines of its own. */
const STACKED_HELP: HelpConfiguration = {
	formatItem: (term, _width, description, help) => {
		const width = Math.max(
			(help.helpWidth ?? DEFAULT_HELP_WIDTH) - DESCRIPTION_INDENT.length,
			MIN_DESCRIPTION_WIDTH,
		)
		const lines = help.boxWrap(description, width).split('\n')
		return [`  ${term}`, ...lines.map((line) => `${DESCRIPTION_INDENT}${line}`)].join('\n')
	},
}
const DESCRIPTION_INDENT = ' '.repeat(8)
const DEFAULT_HELP_WIDTH = 100
const MIN_DESCRIPTION_WIDTH = 40

/** Adds every row of the table to `command`, or only those named, and a help that fits them. */
export function addTableOptions(command: Command, names?: readonly OptionName[]): Command {
	const rows = names === undefined ? OPTION_ROWS : names.map((name) => [name, OPTIONS[name]] as const)
	for (const [, row] of rows) {
		for (const spelling of flagsOf(row)) command.addOption(new TableOption(spelling, row))
	}
	return command.configureHelp(STACKED_HELP)
}

/** What the command line of `command` gave, for `resolveOptions`. */
export function flagTexts(command: Command): FlagTexts {
	// A switch without a value is `true`.
	const given = Object.entries(command.opts<Record<string, string | true>>())
	return Object.fromEntries(given.map(([spelling, text]) => [spelling, String(text)]))
}
