import { type Command, Option } from 'commander'
import { positiveNumber, wholeNumber } from '../config/option-kinds.js'
import type { ReplayEvents } from '../recording/replay/node-service.js'
import type { CommandIo } from './command-io.js'
import { readBy } from './read-by.js'

interface ReplayFlags {
	speed: number
	asap?: true
	latency: number
	events: ReplayEvents
	l1Port?: number
	nodePorts?: number[]
	jwtSecret?: string
}

/** Adds `vigil replay` to the program. */
export function addReplay(program: Command, io: CommandIo, setExitCode: (code: number) => void): void {
	program
		.command('replay')
		.description('serve a recording as an L1 and managed nodes on real sockets')
		.argument('<file>', 'the recording')
		.addOption(
			new Option('--speed <factor>', 'how many times faster than recorded')
				.argParser(readBy(SPEED))
				.default(1),
		)
		.addOption(new Option('--asap', 'without waiting for the recorded times').conflicts('speed'))
		.addOption(new Option('--latency <ms>', 'added to every answer').argParser(readBy(LATENCY)).default(0))
		.addOption(
			new Option(
				'--events <way>',
				'how the nodes give their events: to a subscriber, only when pulled, or over HTTP only',
			)
				.choices(['pushed', 'pulled', 'http'] satisfies ReplayEvents[])
				.default('pushed'),
		)
		.addOption(
			new Option('--l1-port <port>', 'port of the L1 RPC (default: a free one)').argParser(readBy(PORT)),
		)
		.addOption(
			new Option(
				'--node-ports <port,...>',
				'ports of the nodes in the order of chain IDs (default: free ones)',
			).argParser((ports: string) => ports.split(',').map(readBy(PORT))),
		)
		.option(
			'--jwt-secret <file>',
			'the JWT secret of the nodes, written if it is not there (default: a temporary file)',
		)
		.action(async (file: string, flags: ReplayFlags) => {
			const { replayCommand } = await import('./replay.js')
			const { speed, asap, latency, events, l1Port, nodePorts, jwtSecret } = flags
			const code = await replayCommand(
				{
					file,
					pace: asap ? 'asap' : speed,
					latencyMs: latency,
					events,
					...(l1Port === undefined ? {} : { l1Port }),
					...(nodePorts === undefined ? {} : { nodePorts }),
					...(jwtSecret === undefined ? {} : { jwtSecretFile: jwtSecret }),
				},
				io,
			)
			setExitCode(code)
		})
}

const SPEED = positiveNumber('factor')
const LATENCY = wholeNumber('ms', { min: 0, max: 60_000 })
const PORT = wholeNumber('port', { min: 0, max: 65535 })
