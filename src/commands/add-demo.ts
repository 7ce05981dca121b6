import type { Command } from 'commander'
import { addTableOptions, flagTexts } from '../config/command-options.js'
import { resolveSome } from '../config/resolve-options.js'
import type { CommandIo } from './command-io.js'

/** Where `--serve` listens. */
const SERVE_SETTINGS = ['rpcAddr', 'rpcPort', 'metricsAddr', 'metricsPort'] as const

interface DemoFlags {
	readonly recording?: string
	readonly serve?: true
}

/** Adds `vigil demo` to the program. */
export function addDemo(program: Command, io: CommandIo, setExitCode: (code: number) => void): void {
	addTableOptions(program.command('demo'), SERVE_SETTINGS)
		.description('index a recorded cluster and compare the heads with the recorded ones')
		.option('--recording <file>', 'a recording file instead of the embedded one')
		.option(
			'--serve',
			'go on with live generated chains, an RPC server and metrics until stopped, for a look at the dashboards',
		)
		.action(async ({ recording, serve }: DemoFlags, command: Command) => {
			const settings = serve ? resolveSome(SERVE_SETTINGS, flagTexts(command), io.env) : undefined
			const { demoCommand } = await import('./demo.js')
			const code = await demoCommand(
				{
					...(recording === undefined ? {} : { recording }),
					...(settings === undefined ? {} : { serve: settings }),
				},
				io,
			)
			setExitCode(code)
		})
}
