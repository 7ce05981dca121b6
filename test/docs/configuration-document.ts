import { EXIT_CODES } from '../../src/commands/exit-codes.js'
import { defaultText } from '../../src/config/command-options.js'
import { flagsOf, OPTION_GROUPS, type OptionRow } from '../../src/config/option-row.js'
import { OPTION_ROWS } from '../../src/config/options.js'

const HEAD = `# Configuration

This file is made from the table of settings by \`npm run docs\`; change it there (\`src/config/options.ts\`).

A flag wins over a variable, a variable over the default. Among the variables of a setting the first one listed that is
not empty wins. Flags are written \`--flag value\` or \`--flag=value\`, switches also \`--flag\` alone; lists are separated by
commas, or the flag is given again. Times have their unit: \`500ms\`, \`1.5s\`, \`2m\`.

An unknown flag ends Vigil with exit code 2 and the nearest known one. A variable that begins with \`VIGIL_\` or
\`OP_SUPERVISOR_\` and is no setting is warned of in the log, because the environment of a container is also filled by
others; what Kubernetes sets for Services is passed over.
`

/** docs/configuration.md as it should be. */
export function configurationDocument(): string {
	const groups = OPTION_GROUPS.map((group) => {
		const rows = OPTION_ROWS.map(([, row]) => row).filter((row) => row.group === group && !isHidden(row))
		return `## ${group}\n\n${rows.map(settingText).join('\n')}\n`
	})
	const codes = EXIT_CODES.map(([code, meaning]) => `- **${code}**: ${meaning}.`)
	const exitCodes = `## Exit codes\n\n${codes.join('\n')}\n`
	return [HEAD, ...groups, exitCodes].join('\n')
}

function isHidden(row: OptionRow): boolean {
	return 'hidden' in row && row.hidden === true
}

function settingText(row: OptionRow): string {
	const [flag, ...others] = flagsOf(row).map((spelling) => `\`${spelling}\``)
	const value = defaultText(row)
	const facts = [
		`variables ${row.env.map((name) => `\`${name}\``).join(', ')}`,
		...(others.length > 0 ? [`also ${others.join(', ')}`] : []),
		...('foreign' in row ? [row.foreign] : []),
		...(row.required ? ['required'] : []),
		...(value === undefined ? [] : [`default: ${value}`]),
	]
	return `- **${flag}** \`${row.kind.placeholder}\`: ${row.help}.\n  ${facts.join('; ')}.`
}
