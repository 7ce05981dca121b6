import { parseArgs } from 'node:util'
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, interruption, newDirectory, runMain, say } from './command-line.js'
import { buildPeers } from './peers.js'
import { compareRuns } from './report.js'
import { type RunResult, runSteps } from './run-steps.js'
import { GATEWAY_USES, type GatewayUse } from './settings.js'
import type { Step } from './step.js'
import { catchUp } from './steps/catch-up.js'
import { STEPS } from './steps.js'
import { SUPERVISORS, type SupervisorKind } from './supervisors.js'

const USAGE = `usage: npm run test:cluster -- [--supervisor vigil|op-supervisor] [--compare] [--l1-gateway none|second|all]
                                    [--measure-catch-up] [--directory DIR] [--build]
  --supervisor  who supervises the cluster; Vigil without it
  --compare     runs both, with the steps that both can take, and prints what each called and reached
  --l1-gateway  of which chains the nodes take L1 from Vigil's gateway; with Vigil alone of the second without it
  --measure-catch-up  instead of the steps: how fast fresh nodes catch up, over L1 itself and over the gateway
  --directory   where data and logs go, empty or new; a new temporary directory without it
  --build       builds the peers and no more
`

/** Runs the cluster test: exits 0 if every rule was followed. */
async function main(): Promise<number> {
	const options = readOptions()
	if (options === undefined) {
		process.stderr.write(USAGE)
		return EXIT_USAGE
	}
	const signal = interruption()
	const peers = await buildPeers(say, signal)
	if (options.build) return EXIT_OK
	const directory = newDirectory(options.directory, 'vigil-cluster-')
	say(`data and logs: ${directory}`)
	const runs: RunResult[] = []
	for (const supervisor of options.supervisors) {
		say(`== ${supervisor}`)
		const { supervisors: commonTo, l1Gateway, steps } = options
		runs.push(await runSteps({ supervisor, l1Gateway, peers, directory, signal, say, commonTo, steps }))
	}
	say(compareRuns(runs))
	const failed = runs.flatMap(({ steps }) => steps).filter(({ error }) => error !== undefined).length
	const passed = runs.flatMap(({ steps }) => steps).length - failed
	say(`${passed} passed, ${failed} failed`)
	return failed > 0 ? EXIT_FAILED : EXIT_OK
}

interface MainOptions {
	readonly supervisors: readonly SupervisorKind[]
	readonly l1Gateway: GatewayUse
	readonly steps: readonly Step[]
	readonly directory: string | undefined
	readonly build: boolean
}

/** Undefined if the command line is wrong. */
function readOptions(): MainOptions | undefined {
	try {
		const { values } = parseArgs({
			options: {
				supervisor: { type: 'string', default: 'vigil' },
				compare: { type: 'boolean', default: false },
				'l1-gateway': { type: 'string' },
				'measure-catch-up': { type: 'boolean', default: false },
				directory: { type: 'string' },
				build: { type: 'boolean', default: false },
			},
		})
		const chosen = SUPERVISORS.find((kind) => kind === values.supervisor)
		if (chosen === undefined) return undefined
		const { compare, directory, build, 'measure-catch-up': isMeasured } = values
		const supervisors = compare ? SUPERVISORS : [chosen]
		const hasGateway = !supervisors.includes('op-supervisor')
		const wanted = values['l1-gateway'] ?? (hasGateway ? 'second' : 'none')
		const l1Gateway = GATEWAY_USES.find((use) => use === wanted)
		if (l1Gateway === undefined || (!hasGateway && (l1Gateway !== 'none' || isMeasured))) return undefined
		return { supervisors, l1Gateway, directory, build, steps: isMeasured ? [catchUp] : STEPS }
	} catch {
		// parseArgs throws for what it does not know.
		return undefined
	}
}

await runMain(main)
