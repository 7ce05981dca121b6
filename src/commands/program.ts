import { Command, CommanderError } from 'commander'
import { EarlyRpcWorker } from '../api/thread/early-rpc-worker.js'
import { addTableOptions, flagTexts } from '../config/command-options.js'
import { resolveOptions } from '../config/resolve-options.js'
import { unknownVariables } from '../config/unknown-variables.js'
import { helpersGiveWay } from '../indexing/give-way.js'
import { addApi } from './add-api.js'
import { addDemo } from './add-demo.js'
import { addOperations } from './add-operations.js'
import { addRecord } from './add-record.js'
import { addReplay } from './add-replay.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK, EXIT_USAGE, exitCodesHelp } from './exit-codes.js'
import { reportFailure } from './report-failure.js'
import { vigilVersion } from './version.js'

/**
 * Runs `vigil` with the given arguments (without program and script name) and resolves with the exit code. Never
 * rejects: failures are reported on `io.stderr`.
 *
 * Each command is imported when it runs, so that `--help` needs no database and no worker threads.
 */
export async function runProgram(args: readonly string[], io: CommandIo): Promise<number> {
	let exitCode = EXIT_OK
	const program = buildProgram(io, (code) => {
		exitCode = code
	})
	try {
		refuseUnknownCommand(program, args)
		await program.parseAsync(args, { from: 'user' })
		return exitCode
	} catch (error) {
		// commander has already told the user; its own codes do not tell a wrong flag from a failure.
		if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE
		return reportFailure(error, io)
	}
}

function buildProgram(io: CommandIo, setExitCode: (code: number) => void): Command {
	const program = new Command('vigil')
		.description('A supervisor for OP Stack interop clusters.')
		.version(vigilVersion(), '-V, --version', 'show the version')
		.helpOption('-h, --help', 'show this help')
		.exitOverride()
		.configureOutput({
			writeOut: (text) => io.stdout.write(text),
			writeErr: (text) => io.stderr.write(text),
			outputError: (text, write) => write(text.replace(/^error:/, 'vigil:')),
		})

	const start = addTableOptions(
		program
			.command('start', { isDefault: true })
			.description('supervise a cluster; the command that runs if none is named')
			.action(async (_flags, command: Command) => {
				// Before anything that takes time: a signal that nobody has asked for ends the process with another code.
				io.stopSignal()
				const { options, warnings } = resolveOptions(flagTexts(command), io.env)
				helpersGiveWay()
				const early = new EarlyRpcWorker()
				try {
					const { startCommand } = await import('./start.js')
					setExitCode(await startCommand(options, [...warnings, ...unknownVariables(io.env)], io, early))
				} finally {
					await early.close()
				}
			}),
	)
	addDemo(program, io, setExitCode)
	addApi(program, io, setExitCode)
	addOperations(program, io, setExitCode)
	addReplay(program, io, setExitCode)
	addRecord(program, io, setExitCode)
	program
		.command('import')
		.description('make a recording of a folder with the raw traffic of a cluster')
		.argument('<directory>', 'the folder')
		.requiredOption('-o, --output <file>', 'the recording to write')
		.action(async (directory: string, flags: { output: string }) => {
			const { importCommand } = await import('./import.js')
			setExitCode(await importCommand({ directory, output: flags.output }, io))
		})
	program
		.command('version')
		.description('show the version')
		.action(() => {
			io.stdout.write(`${vigilVersion()}\n`)
		})
	program.addHelpText('after', () => `\n${start.helpInformation()}${exitCodesHelp()}`)
	start.addHelpText('after', exitCodesHelp)
	return program
}

/** Without this check a misspelt command would be an argument too many of `start`. */
function refuseUnknownCommand(program: Command, args: readonly string[]): void {
	const [first] = args
	if (first === undefined || first.startsWith('-') || first === 'help') return
	const names = program.commands.map((command) => command.name())
	if (!names.includes(first))
		program.error(`error: unknown command '${first}'. Commands: ${names.join(', ')}, help`)
}
