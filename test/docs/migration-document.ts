import { defaultText } from '../../src/config/command-options.js'
import { flagsOf, type OptionRow } from '../../src/config/option-row.js'
import { OPTION_ROWS } from '../../src/config/options.js'

const HEAD = `# Migrate

This file is made from the table of settings by \`npm run docs\`; change it there (\`src/config\`), its text in
\`test/docs/migration-document.ts\`.

## From op-supervisor

Vigil takes op-supervisor's place without a change to nodes, L1, or callers. It takes the same flags and variables, answers
the same RPC methods with the same codes and words, serves the metrics that dashboards read under their old names
([metrics.md](metrics.md)), and writes the log line that tools wait for ("RPC server bound to address"). What differs in
answers is listed in [compatibility.md](compatibility.md), what differs in verdicts in [cross-safety.md](cross-safety.md).

1. Give Vigil a \`--datadir\` of its own. It does not read op-supervisor's databases: it indexes from the first interop block
   on, or starts from the snapshot of another Vigil (\`--datadir.sync-endpoint\`).
2. Name the chains by files: \`--dependency-set\` and \`--rollup-config-paths\`, where op-supervisor was given \`--networks\`.
3. Stop op-supervisor: a node has one supervisor at a time. Start Vigil with the same flags. Until it has caught up
   \`/readyz\` says \`index-behind\`; nodes go on with unsafe blocks meanwhile.
4. Point callers to it, if its address is another one.

The way back is the same: stop Vigil, start op-supervisor with its own data directory.

What both do with the same real cluster, and where op-supervisor stands still, was measured: [cluster-test.md](cluster-test.md).
`

const KONA = `## From kona-supervisor

The same steps. kona-supervisor's flags and variables are understood; a variable of Vigil or op-supervisor with the same
meaning comes before kona's.
`

const ROOMS = { op: 'OP_SUPERVISOR_', own: 'VIGIL_' } as const

/** docs/migrate.md as it should be. */
export function migrationDocument(): string {
	const rows = OPTION_ROWS.map(([, row]) => row)
	const op = table('op-supervisor', rows, (row) => row.env.filter((name) => name.startsWith(ROOMS.op)))
	const kona = table('kona-supervisor', rows, (row) =>
		row.env.filter((name) => !name.startsWith(ROOMS.op) && !name.startsWith(ROOMS.own)),
	)
	const own = rows.filter((row) => row.env.every((name) => name.startsWith(ROOMS.own)))
	const ownText = own.map((row) => `- \`--${row.flag}\`: ${row.help}`).join('\n')
	return [HEAD, op, KONA, kona, `## Settings that only Vigil has\n\n${ownText}\n`].join('\n')
}

function table(peer: string, rows: readonly OptionRow[], variables: (row: OptionRow) => string[]): string {
	const lines = rows.flatMap((row) => {
		const names = variables(row)
		if (names.length === 0) return []
		const flags = flagsOf(row).map((flag) => `\`${flag}\``)
		return [[flags.join(', '), names.map((name) => `\`${name}\``).join(', '), meaning(row)]]
	})
	return aligned([[`flag of ${peer}`, 'variable', 'here'], ...lines])
}

function meaning(row: OptionRow): string {
	if ('foreign' in row) return `${row.foreign}: ${row.reason}`
	const value = defaultText(row)
	if (row.required) return 'the same; required'
	const [, theirs] = /(\([^)]*'s default is [^)]*\))/.exec(row.help) ?? []
	return value === undefined
		? 'the same'
		: `the same; default: ${value}${theirs === undefined ? '' : ` ${theirs}`}`
}

/** A table of Markdown as the formatter writes it. */
function aligned(rows: readonly (readonly string[])[]): string {
	const [head = [], ...body] = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
	const widths = head.map((_, column) =>
		Math.max(3, ...[head, ...body].map((row) => row[column]?.length ?? 0)),
	)
	const line = (row: readonly string[]) =>
		`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
	return `${[line(head), rule, ...body.map(line)].join('\n')}\n`
}
