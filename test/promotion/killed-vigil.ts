import { setTimeout as sleep } from 'node:timers/promises'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Recording } from '../../src/recording/recording.js'
import { type Replay, startReplay } from '../../src/recording/replay/start-replay.js'
import {
	dumpCanonicalTables,
	type InvalidatedBlock,
	openReader,
	type Reader,
	type TableRow,
} from '../../src/storage/index.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'
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

	/** Runs it until all heads are as recorded and nothing else is `wanting` in what it has stored, and stops it. */
	async runUntil(
		what: string,
		wanting: (tables: readonly TableRow[]) => string | undefined = () => undefined,
	): Promise<void> {
		const vigil = new VigilProcess(this.#settings)
		let over = false
		let missing: string | undefined = 'a store'
		const look = async () => {
			// There is no store before it has started.
			await vigil.heads()
			const reader = await this.#reader()
			try {
				while (!over) {
					missing = this.#headsMissing(reader) ?? wanting(tablesOf(reader))
					if (missing === undefined) return
					await sleep(LOOK_MS)
				}
			} finally {
				await reader.close()
			}
		}
		try {
			await withDeadline(() => `${what}: ${missing}; ${vigil.stderr}`, look())
		} finally {
			over = true
			await vigil.terminate()
		}
	}

	/** All tables as they are stored now. */
	async tables(): Promise<TableRow[]> {
		const reader = await this.#reader()
		try {
			return tablesOf(reader)
		} finally {
			await reader.close()
		}
	}

	/** The marker that stands in the data directory. */
	async marker(chainId: ChainId): Promise<InvalidatedBlock | undefined> {
		const reader = await this.#reader()
		try {
			return reader.read((view) => view.pendingInvalidation(chainId))
		} finally {
			await reader.close()
		}
	}

	/** Cheap to tell: which chain has not come to its recorded cross-safe head yet. */
	#headsMissing(reader: Reader): string | undefined {
		for (const [chainId, { crossSafe }] of this.#recording.heads) {
			const head = reader.read((view) => view.crossSafeHead(chainId))
			if (head?.hash !== crossSafe?.derived.hash || head?.scope !== crossSafe?.source.number)
				return `chain ${chainId} is at ${head?.number}, scope ${head?.scope}`
		}
		return undefined
	}

	#reader(): Promise<Reader> {
		const chains = this.#recording.chains.map((chain) => chain.chainId)
		return openReader({ directory: this.#directory, chains })
	}
}

/** What is stored, without how it is told which rule an invalid block has broken: that depends on what was first. */
function tablesOf(reader: Reader): TableRow[] {
	return [...dumpCanonicalTables(reader)].map((row) =>
		row.table === 'invalidated' ? { ...row, row: { ...row.row, rule: '' } } : row,
	)
}
