import type { Command } from 'commander'
import { addTableOptions, flagTexts } from '../config/command-options.js'
import { flagsOf } from '../config/option-row.js'
import { OPTIONS } from '../config/options.js'
import { type Environment, type FlagTexts, resolveSome } from '../config/resolve-options.js'
import type { CommandIo } from './command-io.js'
import { SERVER_SETTINGS } from './run-settings.js'

const CLUSTER_SETTINGS = [
	'datadir',
	'dependencySet',
	'rollupConfigPaths',
	'rollupConfigSet',
	'l2ExecutionNodes',
] as const
const NODE_SETTINGS = ['l2ConsensusNodes', 'l2ConsensusJwtSecret'] as const

/** Adds `vigil api` to the program. */
export function addApi(program: Command, io: CommandIo, setExitCode: (code: number) => void): void {
	addTableOptions(program.command('api'), [...CLUSTER_SETTINGS, ...NODE_SETTINGS, ...SERVER_SETTINGS])
		.description(
			'serve the API from the data directory of a running Vigil, read-only; nodes only for super roots, execution nodes for grouped reads',
		)
		.action(async (_flags, command: Command) => {
			const flags = flagTexts(command)
			const names = [...CLUSTER_SETTINGS, ...SERVER_SETTINGS]
			const settings = resolveSome(names, flags, io.env)
			const nodes = namesNodes(flags, io.env) ? resolveSome(NODE_SETTINGS, flags, io.env) : {}
			const { apiCommand } = await import('./api.js')
			setExitCode(await apiCommand({ ...settings, ...nodes }, io))
		})
}

/** Nodes are required for supervising, not for reading. */
function namesNodes(flags: FlagTexts, env: Environment): boolean {
	const row = OPTIONS.l2ConsensusNodes
	return flagsOf(row).some((flag) => flags[flag] !== undefined) || row.env.some((name) => env[name])
}
