import { type Command, type HelpConfiguration, Option } from 'commander'
import { OPTIONS, type OptionName, type OptionRow } from './options.js'
import type { FlagTexts } from './resolve-options.js'

/**
 * A commander option for one row of the table. Values stay text: `resolveOptions` reads them, so that a flag and
 * a variable go through the same checks.
 */
class TableOption extends Option {
	constructor(
		private readonly key: OptionName,
		row: OptionRow,
	) {
		const value = row.kind.shape === 'switch' ? `[${row.kind.placeholder}]` : `<${row.kind.placeholder}>`
		super(`--${row.flag} ${value}`, `${row.help} (${notes(row).join('; ')})`)
		if (row.kind.shape === 'list') {
			this.argParser((part: string, before: string | undefined) =>
				before === undefined ? part : `${before},${part}`,
			)
		}
	}

	/** commander would make `l2Consensus.nodes` of the dotted flag. */
	override attributeName(): string {
		return this.key
	}
}

function notes(row: OptionRow): string[] {
	const notes = [`env: ${row.env.join(', ')}`]
	if (row.required) return [...notes, 'required']
	if (row.default === undefined) return notes
	const defaultText = ('defaultText' in row ? row.defaultText : undefined) ?? String(row.default)
	return [...notes, `default: ${defaultText}`]
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

/** Adds every row of the table to `command`, and a help that fits them. */
export function addTableOptions(command: Command): Command {
	for (const name of Object.keys(OPTIONS) as OptionName[])
		command.addOption(new TableOption(name, OPTIONS[name]))
	return command.configureHelp(STACKED_HELP)
}

/** What the command line of `command` gave, for `resolveOptions`. */
export function flagTexts(command: Command): FlagTexts {
	// A switch without a value is `true`.
	const given = Object.entries(command.opts<Record<string, string | true>>())
	return Object.fromEntries(given.map(([name, text]) => [name, String(text)]))
}
