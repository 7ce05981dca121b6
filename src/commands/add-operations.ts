import { type Command, Option } from 'commander'
import { addTableOptions, flagTexts } from '../config/command-options.js'
import { duration, url } from '../config/option-kinds.js'
import { resolveSome } from '../config/resolve-options.js'
import type { CommandIo } from './command-io.js'
import { readBy } from './read-by.js'

const DEFAULT_WATCH_MS = 2_000

/** Adds the commands with which a running or stopped Vigil is looked at, and its data copied: `status`, `verify`, `snapshot`. */
export function addOperations(program: Command, io: CommandIo, setExitCode: (code: number) => void): void {
	program
		.command('status')
		.description('show the heads of all chains of a running supervisor')
		.addOption(
			new Option('--rpc <URL>', 'its RPC server')
				.default('http://127.0.0.1:8545')
				.argParser(readBy(url(['http', 'https']))),
		)
		.addOption(
			new Option('--watch [duration]', 'show it again and again until stopped')
				.preset(DEFAULT_WATCH_MS)
				.argParser(readBy(duration({ min: 100, max: 3_600_000 }))),
		)
		.option('--json', 'as JSON, one line each time')
		.action(async ({ rpc, json, watch }: { rpc: string; json?: true; watch?: number }) => {
			const { statusCommand } = await import('./status.js')
			const watching = watch === undefined ? {} : { watchMs: watch }
			setExitCode(await statusCommand({ rpc, json: json ?? false, ...watching }, io))
		})
	addTableOptions(program.command('verify'), ['datadir'])
		.description('check a data directory against all invariants, read-only, also beside a running Vigil')
		.option('--json', 'faults and summary as JSON, one a line')
		.action(async ({ json }: { json?: true }, command: Command) => {
			const { datadir } = resolveSome(['datadir'], flagTexts(command), io.env)
			const { verifyCommand } = await import('./verify.js')
			setExitCode(await verifyCommand({ datadir, json: json ?? false }, io))
		})
	addTableOptions(program.command('snapshot'), ['datadir'])
		.description('copy a data directory, also of a running Vigil, for others to start from')
		.requiredOption('--out <path>', 'directory to make; it must not exist, or be empty')
		.action(async ({ out }: { out: string }, command: Command) => {
			const { datadir } = resolveSome(['datadir'], flagTexts(command), io.env)
			const { snapshotCommand } = await import('./snapshot.js')
			setExitCode(await snapshotCommand({ datadir, out }, io))
		})
}
