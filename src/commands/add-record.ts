import { type Command, Option } from 'commander'
import { url, wholeNumber } from '../config/option-kinds.js'
import type { CommandIo } from './command-io.js'
import { readBy } from './read-by.js'

const DEFAULT_PARALLEL = 4

interface RecordFlags {
	l2Rpc: string[]
	l1Rpc: string
	from: number
	to: number
	output: string
	parallel: number
}

/** Adds `vigil record` to the program. */
export function addRecord(program: Command, io: CommandIo, setExitCode: (code: number) => void): void {
	program
		.command('record')
		.description('make a recording of running chains from their ordinary RPC, to replay or benchmark it')
		.requiredOption(
			'--l2-rpc <URL...>',
			'HTTP RPC of each chain, with eth_getBlockReceipts',
			(text: string, before: string[] | undefined) => [
				...(before ?? []),
				...text.split(',').map(readBy(HTTP)),
			],
		)
		.requiredOption('--l1-rpc <URL>', 'HTTP RPC of L1', readBy(HTTP))
		.requiredOption(
			'--from <number>',
			'first block, of the first chain; of the others, blocks of the same time are recorded',
			readBy(BLOCK),
		)
		.requiredOption('--to <number>', 'last block, of the first chain', readBy(BLOCK))
		.requiredOption('-o, --output <file>', 'the recording to write')
		.addOption(
			new Option('--parallel <n>', 'requests in flight at each endpoint, fewer when it limits them')
				.argParser(readBy(PARALLEL))
				.default(DEFAULT_PARALLEL),
		)
		.action(async ({ l2Rpc, l1Rpc, from, to, output, parallel }: RecordFlags) => {
			const { recordCommand } = await import('./record.js')
			setExitCode(await recordCommand({ l2Rpc, l1Rpc, span: { from, to }, output, parallel }, io))
		})
}

const HTTP = url(['http', 'https'])
const BLOCK = wholeNumber('number', { min: 0, max: Number.MAX_SAFE_INTEGER })
const PARALLEL = wholeNumber('n', { min: 1, max: 256 })
