import { setTimeout as sleep } from 'node:timers/promises'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Recording } from '../../src/recording/recording.js'
import { type Replay, startReplay } from '../../src/recording/replay/start-replay.js'
import { type InvalidatedBlock, openReader, type TableRow } from '../../src/storage/index.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'
import { allTables } from '../supervisor/expected-tables.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'

/** An event reaches a supervisor this long after it was seen here: time enough to kill it before. */
const LATENCY_MS = 3
const LOOK_MS = 30

export interface NodeEvent {
	readonly chainId: ChainId
	readonly event: Readonly<Record<string, unknown>>
}

/** `vigil start` on one data directory and one replay, in one process after the other. */
export class KilledVigil {
	/** Events that the nodes have sent so far. */
	events = 0
	readonly #recording: Recording
	readonly #directory = temporaryDirectory()
	#settings: readonly string[] = []
	#onEvent: (event: NodeEvent) => void = () => undefined

	private constructor(recording: Recording) {
		this.#recording = recording
	}

	static async over(recording: Recording): Promise<KilledVigil> {
		const vigil = new KilledVigil(recording)
		const onEvent = (chainId: ChainId, event: string) => {
			vigil.events++
			vigil.#onEvent({ chainId, event: JSON.parse(event) as NodeEvent['event'] })
		}
		const replay: Replay = await startReplay(
			{ recording, pace: { kind: 'asap' }, latencyMs: LATENCY_MS },
			{ log: new LogCapture().log, onEvent },
		)
		afterTest(() => replay.close())
		vigil.#settings = settingsFor(recording, replay, vigil.#directory)
		return vigil
	}

	/** Runs it, and kills it in the moment that a node is about to send a matching event, or `delayMs` later. */
	async killAt(what: string, matches: (event: NodeEvent) => boolean, delayMs = 0): Promise<void> {
		const vigil = new VigilProcess(this.#settings)
		const killed = new Promise<void>((resolve, reject) => {
			this.#onEvent = (event) => {
				if (!matches(event)) return
				this.#onEvent = () => undefined
				const dead = delayMs === 0 ? vigil.kill() : sleep(delayMs).then(() => vigil.kill())
				dead.then(resolve, reject)
			}
		})
		await withDeadline(() => `${what}; ${vigil.stderr}`, killed)
	}

	/** Runs it until `isEnd` is true of what it has stored, and stops it. */
	async runUntil(what: string, isEnd: (tables: readonly TableRow[]) => boolean): Promise<void> {
		const vigil = new VigilProcess(this.#settings)
		let over = false
		const look = async () => {
			// There is no store before it has started.
			await vigil.heads()
			while (!over && !isEnd(await this.tables())) await sleep(LOOK_MS)
		}
		try {
			await withDeadline(() => `${what}; ${vigil.stderr}`, look())
		} finally {
			over = true
			await vigil.terminate()
		}
	}

	/** What is stored, without how it is told which rule an invalid block has broken: that depends on what was first. */
	async tables(): Promise<TableRow[]> {
		const rows = await allTables(this.#directory, this.#recording)
		return rows.map((row) => (row.table === 'invalidated' ? { ...row, row: { ...row.row, rule: '' } } : row))
	}

	/** The marker that stands in the data directory. */
	async marker(chainId: ChainId): Promise<InvalidatedBlock | undefined> {
		const chains = this.#recording.chains.map((chain) => chain.chainId)
		const reader = await openReader({ directory: this.#directory, chains })
		try {
			return reader.read((view) => view.pendingInvalidation(chainId))
		} finally {
			await reader.close()
		}
	}
}
