import type { ChainId } from '../../src/protocol/chain-id.js'
import { Supervisor } from '../../src/supervisor/supervisor.js'
import type { RunLog } from './run-log.js'
import type { SimulatedCluster } from './simulated-cluster.js'

/** Real milliseconds. Vigil's own are for L1 blocks of seconds. */
const L1_POLL_MS = 15
const SILENCE_MS = 150
/** A whole cluster's life is a few seconds of real time. */
const HASTE = { stepPauseMs: 5, idlePauseMs: 10, sweepAfterMs: 0 }

export interface SupervisorRunOptions {
	readonly cluster: SimulatedCluster
	readonly directory: string
	readonly confirmationDepth: number
	readonly log: RunLog
	/** L1 over WebSocket, with heads pushed. */
	readonly isL1Pushed: boolean
	/** Seconds for which blocks are kept; left out: all are kept. */
	readonly retention?: number
	readonly onNews: () => void
	readonly onStopped: (chainId: ChainId, error: Error) => void
}

/** The real supervisor over a simulated cluster, as often as it is started. */
export class SupervisorRun {
	starts = 0
	readonly #options: SupervisorRunOptions
	#supervisor: Supervisor | undefined
	/** Starts and stops come one after the other. */
	#turn: Promise<void> = Promise.resolve()

	constructor(options: SupervisorRunOptions) {
		this.#options = options
	}

	start(): Promise<void> {
		return this.#next(() => this.#start())
	}

	/** Stops it, waits for `pause`, and starts it on the same data. */
	restart(pause: () => Promise<void>): Promise<void> {
		return this.#next(async () => {
			await this.#stop()
			await pause()
			await this.#start()
		})
	}

	close(): Promise<void> {
		return this.#next(() => this.#stop())
	}

	#next(action: () => Promise<void>): Promise<void> {
		this.#turn = this.#turn.then(action)
		return this.#turn
	}

	async #start(): Promise<void> {
		const { cluster, directory, confirmationDepth, log, isL1Pushed, retention, onNews, onStopped } =
			this.#options
		const supervisor = await Supervisor.start(
			{
				cluster: cluster.config,
				nodes: cluster.nodes.map(({ url }) => ({ url, jwtSecret: cluster.jwtSecret })),
				l1Urls: [isL1Pushed ? cluster.l1Urls.ws : cluster.l1Urls.http],
				directory,
				confirmationDepth,
				indexThreads: 1,
				verifyBlooms: true,
				workerLog: { level: 'silent', format: 'json', to: 'stderr' },
				l1PollIntervalMs: L1_POLL_MS,
				silenceMs: SILENCE_MS,
				...(retention === undefined ? {} : { retention: { retention, ...HASTE } }),
			},
			{ log: log.vigil },
		)
		this.starts++
		this.#supervisor = supervisor
		supervisor.on('sealed', onNews).on('localSafe', onNews).on('promoted', onNews).on('finalized', onNews)
		supervisor.on('chainStopped', onStopped)
	}

	async #stop(): Promise<void> {
		await this.#supervisor?.close()
		this.#supervisor = undefined
	}
}
