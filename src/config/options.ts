import { CLUSTER_OPTIONS } from './cluster-options.js'
import { FOREIGN_OPTIONS } from './foreign-options.js'
import { GATEWAY_OPTIONS } from './gateway-options.js'
import { LOG_OPTIONS } from './log-options.js'
import type { OptionRow, ValueOf } from './option-row.js'
import { ROUTING_OPTIONS } from './routing-options.js'
import { SERVER_OPTIONS } from './server-options.js'

/**
 * Every setting of `vigil start`. Flags, variables, defaults, help, docs/configuration.md and errors all come from
 * this table; the names shared with the existing supervisors are in the protocol notes, "Command line and
 * environment".
 */
export const OPTIONS = {
	...CLUSTER_OPTIONS,
	...SERVER_OPTIONS,
	...GATEWAY_OPTIONS,
	...ROUTING_OPTIONS,
	...LOG_OPTIONS,
	...FOREIGN_OPTIONS,
} as const satisfies Record<string, OptionRow>

export type OptionName = keyof typeof OPTIONS

/** The settings of one run, by the names of the table. */
export type Options = {
	readonly [Name in Exclude<OptionName, keyof typeof FOREIGN_OPTIONS>]: ValueOf<(typeof OPTIONS)[Name]>
}

/** All rows, in the order of the table. */
export const OPTION_ROWS: readonly (readonly [OptionName, OptionRow])[] = Object.entries(OPTIONS) as [
	OptionName,
	OptionRow,
][]

/** How messages name a setting: `--rpc.port (or VIGIL_RPC_PORT)`. */
export function settingName(name: OptionName): string {
	const row: OptionRow = OPTIONS[name]
	return `--${row.flag} (or ${row.env[0]})`
}
