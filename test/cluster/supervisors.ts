import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseSyncStatus, type SyncStatus } from '../../src/protocol/sync-status.js'
import type { ClusterFiles } from './cluster-files.js'
import { freePorts } from './free-ports.js'
import { callRpc } from './json-rpc.js'
import type { Peers } from './peers.js'
import type { Processes, Running } from './processes.js'

export const SUPERVISORS = ['vigil', 'op-supervisor'] as const
export type SupervisorKind = (typeof SUPERVISORS)[number]

const VIGIL = fileURLToPath(new URL('../../vigil.js', import.meta.url))

/** How their logs mark what needs an operator. */
const FATAL: Readonly<Record<SupervisorKind, RegExp>> = {
	vigil: /"level":"?(?:60|fatal)\b/,
	'op-supervisor': /lvl=crit/,
}

export interface SupervisorModules {
	readonly peers: Peers
	readonly processes: Processes
	readonly files: ClusterFiles
	/** L1 as the supervisor sees it. */
	readonly l1Url: string
	/** Whether it serves L1 to the nodes. */
	readonly l1Gateway: boolean
	readonly datadir: string
}

/** The supervisor of the cluster: Vigil, or op-supervisor in its place with the same flags. */
export class TestSupervisor {
	readonly #modules: SupervisorModules
	readonly #port: number
	readonly #l1GatewayPort: number
	#running: Running | undefined

	private constructor(
		readonly kind: SupervisorKind,
		modules: SupervisorModules,
		[port, l1GatewayPort]: readonly [number, number],
	) {
		this.#modules = modules
		this.#port = port
		this.#l1GatewayPort = l1GatewayPort
	}

	static async create(kind: SupervisorKind, modules: SupervisorModules): Promise<TestSupervisor> {
		const [port = 0, l1GatewayPort = 0] = await freePorts(2)
		return new TestSupervisor(kind, modules, [port, l1GatewayPort])
	}

	/** Where it serves L1 to the nodes, if it does. */
	get l1GatewayUrl(): string {
		return `http://127.0.0.1:${this.#l1GatewayPort}`
	}

	/** Starts it, for the first time or again on its data. @param extra flags that only Vigil has */
	async start(nodeUrls: readonly string[], extra: readonly string[] = []): Promise<void> {
		const { peers, processes, files, l1Url, l1Gateway, datadir } = this.#modules
		const settings = [
			...[`--datadir=${datadir}`, `--l1-rpc=${l1Url}`, `--l2-consensus.nodes=${nodeUrls.join(',')}`],
			...[`--l2-consensus.jwt-secret=${files.interopJwt}`, `--dependency-set=${files.dependencySet}`],
			...[`--rollup-config-paths=${files.rollupsPattern}`, '--log.level=debug'],
			...['--rpc.addr=127.0.0.1', `--rpc.port=${this.#port}`, '--rpc.enable-admin'],
			...(l1Gateway
				? ['--l1-gateway.enabled', '--l1-gateway.addr=127.0.0.1', `--l1-gateway.port=${this.#l1GatewayPort}`]
				: []),
			...extra,
		]
		this.#running =
			this.kind === 'vigil'
				? await processes.start('vigil', process.execPath, [VIGIL, 'start', '--log.format=json', ...settings])
				: await processes.start('op-supervisor', peers['op-supervisor'], settings)
	}

	/** As `kill -9` does it. */
	async kill(): Promise<void> {
		await this.#run.kill()
	}

	/** Asks it to stop. Resolves with its exit code. */
	async stop(): Promise<number | null> {
		return this.#run.stop()
	}

	/** Runs another command of Vigil to its end. @throws UnexpectedEndError if its exit code is not 0 */
	command(name: string, args: readonly string[]): Promise<void> {
		return this.#modules.processes.run(`vigil-${name}`, process.execPath, [VIGIL, name, ...args])
	}

	/** Makes a further node known, until it is started anew. */
	async addNode(url: string): Promise<void> {
		const secret = await readFile(this.#modules.files.interopJwt, 'utf8')
		await callRpc(this.#url, 'admin_addL2RPC', url, `0x${secret.trim()}`)
	}

	async syncStatus(): Promise<SyncStatus> {
		return parseSyncStatus(await callRpc(this.#url, 'supervisor_syncStatus'), 'syncStatus')
	}

	/** What it logged when it gave something up, e.g. a chain. */
	async fatalLines(): Promise<string[]> {
		const lines = (await readFile(this.#run.logFile, 'utf8')).split('\n')
		return lines.filter((line) => FATAL[this.kind].test(line))
	}

	get #url(): string {
		return `http://127.0.0.1:${this.#port}`
	}

	get #run(): Running {
		if (this.#running === undefined) throw new Error(`${this.kind} was not started yet`)
		return this.#running
	}
}
