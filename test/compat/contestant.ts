import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Processes } from '../cluster/processes.js'
import { until } from '../cluster/until.js'

const VIGIL = fileURLToPath(new URL('../../vigil.js', import.meta.url))

/** More than any of them takes to start on a busy machine. */
const START_SECONDS = 60

const SERVER = ['--rpc.addr=127.0.0.1', '--rpc.port=0', '--rpc.enable-admin']

/** How each of the programs logs where it listens. */
const VIGIL_LISTENS = /"addr":"(127\.0\.0\.1:\d+)"/
const OP_SUPERVISOR_LISTENS = /msg="JSON-RPC Server started" endpoint=(127\.0\.0\.1:\d+)/

export interface ContestOptions {
	readonly processes: Processes
	/** Where data goes. */
	readonly directory: string
	readonly signal: AbortSignal
}

/** Serves the recording to one supervisor. Resolves with the flags that point a supervisor at it. */
export async function startReplay(
	name: string,
	file: string,
	{ processes, signal }: ContestOptions,
): Promise<string[]> {
	const { logFile } = await processes.start(name, process.execPath, [VIGIL, 'replay', file, '--asap'])
	const [, command = ''] = await lineIn(
		logFile,
		/vigil start \\\n((?: {2}.* \\\n)+ {2}--datadir=.*\n)/,
		signal,
	)
	const flags = command.split('\n').map((line) => line.trim().replace(/ \\$/, '').replaceAll("'", ''))
	return flags.filter((flag) => flag !== '' && !flag.startsWith('--datadir='))
}

/** Starts Vigil on a replay. Resolves with its address. */
export async function startVigil(flags: readonly string[], options: ContestOptions): Promise<string> {
	const args = [VIGIL, 'start', ...flags, ...vigilSettings(options)]
	const { logFile } = await options.processes.start('vigil', process.execPath, args)
	return addressIn(logFile, VIGIL_LISTENS, options.signal)
}

/** Starts `vigil api` on the data of the Vigil that was started with the same flags. Resolves with its address. */
export async function startReadOnlyVigil(flags: readonly string[], options: ContestOptions): Promise<string> {
	const args = [
		...[VIGIL, 'api', ...flags.filter((flag) => !/^--(?:l1-rpc|confirmation-depth)=/.test(flag))],
		...vigilSettings(options),
	]
	const { logFile } = await options.processes.start('vigil-api', process.execPath, args)
	return addressIn(logFile, VIGIL_LISTENS, options.signal)
}

/** Starts op-supervisor on a replay. Resolves with its address. */
export async function startOpSupervisor(
	program: string,
	flags: readonly string[],
	{ processes, directory, signal }: ContestOptions,
): Promise<string> {
	const settings = [`--datadir=${join(directory, 'op-supervisor')}`, '--log.level=debug', ...SERVER]
	// It has a confirmation depth of 2, and no flag for it.
	const common = flags.filter((flag) => !flag.startsWith('--confirmation-depth='))
	const { logFile } = await processes.start('op-supervisor', program, [...common, ...settings])
	return addressIn(logFile, OP_SUPERVISOR_LISTENS, signal)
}

function vigilSettings({ directory }: ContestOptions): string[] {
	return [`--datadir=${join(directory, 'vigil')}`, '--log.format=json', ...SERVER]
}

async function addressIn(logFile: string, pattern: RegExp, signal: AbortSignal): Promise<string> {
	const [, address] = await lineIn(logFile, pattern, signal)
	return `http://${address}`
}

/** The log is looked at again and again: the programs have no other way to say where they listen. */
function lineIn(logFile: string, pattern: RegExp, signal: AbortSignal): Promise<RegExpMatchArray> {
	return until(`the start in ${logFile}`, { seconds: START_SECONDS, signal }, async () => {
		const text = await readFile(logFile, 'utf8')
		const found = text.match(pattern)
		return found === null ? { seen: text.split('\n').at(-2) } : { found }
	})
}
