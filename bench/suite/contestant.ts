import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../test/cluster/free-ports.js'
import { Processes } from '../../test/cluster/processes.js'
import type { LoadedCluster, ServedReplay } from '../fake-cluster-messages.js'
import { ForeignMeter } from './foreign-meter.js'

const VIGIL = fileURLToPath(new URL('../../vigil.js', import.meta.url))

export type ContestantName = 'vigil' | 'op-supervisor'

/** What is measured, and how it is started. */
export interface Contestant {
	readonly name: ContestantName
	/** Of the built peer. */
	readonly program?: string
}

export interface ContestOptions {
	readonly contestant: Contestant
	readonly loaded: LoadedCluster
	readonly served: ServedReplay
	/** Data, configuration and logs. What it has already is gone on from. */
	readonly directory: string
	/** Vigil's index threads. */
	readonly threads: number
	/** Ends everything. */
	readonly signal: AbortSignal
}

/** A supervisor as users run it: a process of its own. */
export class RunningContestant {
	readonly #processes: Processes
	/** Aborted when the process ends by itself, or when the bench is to end. */
	readonly signal: AbortSignal
	readonly startedNs: bigint
	readonly meter: ForeignMeter
	readonly pid: number
	#stopped: Promise<void> | undefined

	private constructor(
		readonly url: string,
		readonly datadir: string,
		running: {
			readonly processes: Processes
			readonly signal: AbortSignal
			readonly startedNs: bigint
			readonly pid: number
		},
	) {
		this.#processes = running.processes
		this.signal = running.signal
		this.startedNs = running.startedNs
		this.pid = running.pid
		this.meter = new ForeignMeter(running.pid)
	}

	/** Resolves when the process runs, which is before it answers. */
	static async start(options: ContestOptions): Promise<RunningContestant> {
		const { contestant, directory, threads } = options
		await mkdir(directory, { recursive: true })
		const common = await writeFiles(options)
		const [port = 0] = await freePorts(1)
		const datadir = join(directory, 'data')
		const flags = [...common, `--datadir=${datadir}`, '--rpc.addr=127.0.0.1', `--rpc.port=${port}`]
		const ended = new AbortController()
		const processes = new Processes(directory, (error) => ended.abort(error))
		const startedNs = process.hrtime.bigint()
		try {
			const { child } =
				contestant.program === undefined
					? await processes.start(contestant.name, process.execPath, [
							...[VIGIL, 'start', ...flags, '--log.format=json', `--index.threads=${threads}`],
							`--confirmation-depth=${options.loaded.confirmationDepth}`,
						])
					: await processes.start(contestant.name, contestant.program, flags)
			const signal = AbortSignal.any([ended.signal, options.signal])
			const pid = child.pid ?? 0
			return new RunningContestant(`http://127.0.0.1:${port}`, datadir, {
				...{ processes, signal, startedNs, pid },
			})
		} catch (error) {
			await processes.close()
			throw error
		}
	}

	/** Asks it to end, and kills it if it does not. */
	stop(): Promise<void> {
		this.#stopped ??= this.#stop()
		return this.#stopped
	}

	async #stop(): Promise<void> {
		this.meter.stop()
		await this.#processes.stop()
		await this.#processes.close()
	}
}

/** Writes the files that a supervisor is pointed at. Resolves with the flags that do so. */
async function writeFiles({ loaded, served, directory }: ContestOptions): Promise<string[]> {
	const write = async (name: string, content: string) => {
		await writeFile(join(directory, name), content)
		return join(directory, name)
	}
	const jwt = await write('jwt.txt', Buffer.from(served.jwtSecret).toString('hex'))
	const dependencySet = await write('dependency-set.json', JSON.stringify(loaded.dependencySet))
	for (const rollup of loaded.rollups)
		await write(`rollup-${rollup.l2_chain_id}.json`, JSON.stringify(rollup))
	return [
		...[`--l1-rpc=${served.l1Url}`, `--l2-consensus.nodes=${served.nodeUrls.join(',')}`],
		...[`--l2-consensus.jwt-secret=${jwt}`, `--dependency-set=${dependencySet}`],
		`--rollup-config-paths=${join(directory, 'rollup-*.json')}`,
	]
}
