import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { LinkCheck } from '../../src/safety/link-check.js'
import type { InvalidBlock } from '../../src/safety/promotion-round.js'
import { reexamine } from '../../src/safety/reexamine.js'
import {
	type LogWriter,
	openLogWriter,
	openStore,
	type PackedLogBlock,
	type Promotion,
	packLogBlock,
	type SealedBlock,
	type Store,
	type View,
} from '../../src/storage/index.js'
import { Promoter, type PromotionStore, type SafetyReport } from '../../src/supervisor/promoter.js'
import type { Fault } from '../../src/verify/invariants.js'
import { verifyStore } from '../../src/verify/verify-store.js'
import type { RemovedRows } from './observed.js'
import { ToldHeads } from './told-heads.js'
import type { World, WorldBlock } from './world.js'

/** A cluster has some hundred rows. */
const MAP_SIZE = 8 * 2 ** 20
/** Seconds, above any block time: a message that has not expired is never older than the first kept block. */
const MARGIN = 4
const silent = pino({ level: 'silent' })

/** An invalid block as the promoter reports it, with the generation of the view in which it was judged. */
export type Reported = InvalidBlock & { readonly generation: number }

/** The store and the promoter of one process, from start to stop. */
interface Process {
	readonly store: Store
	readonly writers: ReadonlyMap<ChainId, LogWriter>
	readonly promoter: Promoter
	readonly gate: PromotionGate
}

/** The real store with the real promoter on it; one that is told when to rest, so that runs can be repeated. */
export class System {
	/** What the promoter wants to be invalidated, newest first, and nobody has acted on. */
	readonly reported = new Map<ChainId, Reported>()
	readonly #troubles: string[] = []
	#told = new ToldHeads()

	/** What retention has removed. */
	readonly removed = new Map<ChainId, RemovedRows>()

	private constructor(
		readonly world: World,
		private readonly directory: string,
		private process: Process,
	) {}

	static async open(world: World, scratch: string): Promise<System> {
		const directory = mkdtempSync(join(scratch, 'run-'))
		const reports = { system: undefined as System | undefined }
		const system = new System(world, directory, await start(world, directory, () => reports.system))
		reports.system = system
		return system
	}

	get store(): Store {
		return this.process.store
	}

	/** Tells the promoter, and waits until it sleeps again, or holds a promotion back. */
	async settle(): Promise<void> {
		const { promoter, gate } = this.process
		promoter.news()
		await gate.rest()
		this.store.read((view) => {
			if (!gate.isHolding) this.#told.checkStored(view)
			this.#told.tell(view)
		})
	}

	/** What the promoter reports to main. */
	report(report: SafetyReport): void {
		if (report.kind === 'invalid') this.reported.set(report.chainId, report)
		if (report.kind === 'trouble') this.#troubles.push(report.message)
		if (report.kind === 'found') this.store.read((view) => this.#told.tellFound(view, report))
	}

	/** What must not happen at all, and did. */
	get troubles(): readonly string[] {
		return [...this.#troubles, ...this.#told.troubles]
	}

	/** An L1 reorg to this block. */
	async cutL1(to: BlockRef): Promise<void> {
		await this.store.cutL1(to)
		this.store.read((view) => this.#told.cutL1(view))
	}

	/** A promotion waits for `release`. */
	get isHolding(): boolean {
		return this.process.gate.isHolding
	}

	/** The next promotion is committed only after `release`, on whatever the store is then. */
	hold(): void {
		this.process.gate.hold()
	}

	release(): void {
		this.process.gate.release()
	}

	/** Commits the logs of blocks of one chain, and says how they are sealed. */
	async index(run: readonly WorldBlock[]): Promise<SealedBlock[]> {
		const chainId = run[0]?.chain.chainId
		if (chainId !== undefined) {
			const packed = run.map(pack)
			for (const [at, { ref }] of run.entries()) {
				const record = packed[at]?.record
				if (record !== undefined) this.process.promoter.early(chainId, { ref, record })
			}
			await this.process.writers.get(chainId)?.writeBatch(packed)
		}
		return run.map(({ ref, logs }) => ({ ...ref, logCount: logs.length }))
	}

	/**
	 * Calls L1 final up to a block, removes up to `limit` blocks of each chain that nothing that is not final can need,
	 * and sweeps their logs at once. Returns how many blocks.
	 */
	async prune(finalL1: number, limit: number): Promise<number> {
		const { store } = this
		const final = store.read((view) => view.l1AtOrBelow(finalL1))
		if (final === undefined) return 0
		await store.setFinalizedL1(final)
		const before = store.read(rowsOf)
		const count = await store.prune({ retention: this.world.plan.expiryWindow + MARGIN, limit })
		if (count === 0) return 0
		const after = store.read(rowsOf)
		for (const [chainId, rows] of before) {
			const gone = <Row extends { readonly number: number }>(
				part: keyof RemovedRows,
				all: readonly Row[],
			) => {
				const left = new Set(after.get(chainId)?.[part].map(({ number }) => number))
				return all.filter(({ number }) => !left.has(number))
			}
			const known = this.removed.get(chainId)
			this.removed.set(chainId, {
				crossSafe: [...(known?.crossSafe ?? []), ...gone('crossSafe', rows.crossSafe)],
				localSafe: [...(known?.localSafe ?? []), ...gone('localSafe', rows.localSafe)],
				index: [...(known?.index ?? []), ...gone('index', rows.index)],
			})
		}
		await store.markSweep(0)
		for (const { chainId } of this.world.chains) {
			const mark = store.sweepMark(chainId)
			for (let from: number | undefined = 0; mark !== undefined && from !== undefined; )
				from = (await store.sweep(chainId, mark, { from, limit: 3 })).next
		}
		const faults: string[] = []
		const report = ({ invariant, detail }: Fault) => faults.push(`${invariant}: ${detail}`)
		store.read((view) => {
			for (const _step of verifyStore({ view, report }, identitiesOf(this.world)));
		})
		this.#troubles.push(...faults.map((fault) => `after removing blocks: ${fault}`))
		return count
	}

	/** Stops and starts again; what was reported and not acted on is forgotten. */
	async restart(): Promise<void> {
		await this.#stop()
		this.reported.clear()
		this.#told = new ToldHeads()
		this.process = await start(this.world, this.directory, () => this)
	}

	async close(): Promise<void> {
		await this.#stop()
		rmSync(this.directory, { recursive: true, force: true })
	}

	async #stop(): Promise<void> {
		const { store, writers, promoter, gate } = this.process
		gate.release()
		await promoter.close()
		for (const writer of writers.values()) await writer.close()
		await store.close()
	}
}

function rowsOf(view: View): Map<ChainId, RemovedRows> {
	return new Map(
		view.chainIds.map((chainId) => [
			chainId,
			{
				crossSafe: [...view.crossSafeFrom(chainId, 0)],
				localSafe: [...view.localSafeFrom(chainId, 0)],
				index: [...view.canonicalFrom(chainId, 0)],
			},
		]),
	)
}

function identitiesOf(world: World) {
	return world.chains.map(({ chainId, blockTime, interopTime, timeOf, anchor }) => ({
		chainId,
		l1Genesis: world.l1(0, 0),
		l2Genesis: anchor.ref.number === 0 ? anchor.ref : { hash: world.l1(0, 0).hash, number: 0 },
		l2Time: timeOf(0),
		blockTime,
		interopTime,
	}))
}

async function start(world: World, directory: string, system: () => System | undefined): Promise<Process> {
	const chains = identitiesOf(world)
	const store = await openStore({ directory, chains, mapSizeBytes: MAP_SIZE }, { log: silent, reexamine })
	const writers = new Map<ChainId, LogWriter>()
	for (const { chainId } of chains)
		writers.set(chainId, openLogWriter({ directory, chainId, mapSizeBytes: MAP_SIZE }))
	const gate = new PromotionGate(store)
	const promoter = new Promoter({
		store: gate,
		rules: {
			link: new LinkCheck({
				chains: new Map(chains.map((chain) => [chain.chainId, chain])),
				messageExpiryWindow: world.plan.expiryWindow,
			}),
		},
		log: silent,
		report: (report) => system()?.report(report),
	})
	return { store, writers, promoter, gate }
}

function pack({ ref, logs }: WorldBlock): PackedLogBlock {
	const logHashes = Buffer.concat(logs.map(({ hash }) => hash))
	const executing = logs.flatMap(({ message }, logIndex) =>
		message === undefined ? [] : [{ logIndex, message }],
	)
	return packLogBlock({ ref, logs: { logCount: logs.length, logHashes, executing } })
}

/** Passes the promoter's calls on, notices when it rests, and can hold a promotion back. */
class PromotionGate implements PromotionStore {
	#calls = 0
	#commit: Promise<unknown> | undefined
	#isHeld = false
	#open: (() => void) | undefined

	constructor(private readonly store: Store) {}

	read: PromotionStore['read'] = (action) => {
		this.#calls++
		return this.store.read(action)
	}

	async promote(promotion: Promotion): Promise<boolean> {
		this.#calls++
		if (this.#isHeld) {
			this.#isHeld = false
			await new Promise<void>((resolve) => {
				this.#open = resolve
			})
			this.#open = undefined
		}
		const commit = this.store.promote(promotion)
		this.#commit = commit
		try {
			return await commit
		} finally {
			this.#commit = undefined
		}
	}

	get isHolding(): boolean {
		return this.#open !== undefined
	}

	hold(): void {
		this.#isHeld = true
	}

	release(): void {
		this.#isHeld = false
		this.#open?.()
	}

	/** The promoter waits for nothing but commits, and begins its next round as soon as one is done. */
	async rest(): Promise<void> {
		for (let calls = -1; calls !== this.#calls || this.#commit !== undefined; ) {
			calls = this.#calls
			// Its failure is the promoter's to report.
			await this.#commit?.catch(() => {})
			await turn()
		}
	}
}
