import { describe, expect, it } from 'vitest'
import type { BlockId, DerivedIdPair } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { openReader } from '../../src/storage/index.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { canonicalBlocks } from '../supervisor/sample-recording.js'
import { replayed, type Supervised, supervise } from '../supervisor/supervised.js'
import { recordedHead } from './recorded-end.js'
import { type RecordingName, recordingOf } from './recordings.js'

/** What is not there while L1 goes from one block to another. */
interface Outage {
	readonly of: 'Vigil' | ChainId
	readonly from: number
	readonly to: number
}

const chain = (id: bigint) => id as ChainId
/** As they were recorded: at these L1 blocks the nodes and the recorded supervisor were ended and started again. */
const RECORDED: readonly [RecordingName, readonly Outage[]][] = [
	[
		'node-restart',
		[
			{ of: chain(902n), from: 14, to: 18 },
			{ of: 'Vigil', from: 33, to: 37 },
			{ of: chain(901n), from: 45, to: 46 },
			{ of: 'Vigil', from: 61, to: 62 },
		],
	],
	[
		'node-restart-stall',
		[
			{ of: chain(902n), from: 14, to: 18 },
			{ of: 'Vigil', from: 37, to: 41 },
			{ of: chain(901n), from: 69, to: 70 },
			{ of: 'Vigil', from: 99, to: 100 },
		],
	],
	['activation', [{ of: 'Vigil', from: 30, to: 33 }]],
]

/** A recorded cluster in which L1 blocks come when a test says so. */
class SteppedCluster {
	readonly #directory = temporaryDirectory()
	#vigil: Supervised | undefined

	constructor(
		readonly recording: Recording,
		readonly replay: Replay,
	) {}

	get vigil(): Supervised {
		if (this.#vigil === undefined) throw new Error('Vigil is not running')
		return this.#vigil
	}

	async start(): Promise<void> {
		this.#vigil = await supervise(this.recording, this.replay, { directory: this.#directory })
	}

	async stop(): Promise<void> {
		await this.vigil.supervisor.close()
		this.#vigil = undefined
	}

	/** L1 goes on to this block, and L2 as far as it had then. */
	l1At(number: number): void {
		const block = this.recording.l1.find((entry) => entry.canonical && entry.block.number === number)
		this.replay.advance(block?.t ?? Number.POSITIVE_INFINITY)
	}

	/** All chains are local-safe and cross-safe up to the newest L1 block that is deep enough, or the recorded end. */
	async followed(number: number): Promise<void> {
		// Cross-safe of a chain ends where another chain's recording does.
		const ends = this.recording.chains.map(({ chainId }) => this.#endOf(chainId))
		for (const { chainId } of this.recording.chains) {
			const confirmed = number - this.recording.confirmationDepth
			const localSafe = Math.min(confirmed, this.#endOf(chainId))
			const crossSafe = Math.min(confirmed, ...ends)
			await until(
				() =>
					`chain ${chainId} to be at L1 block ${localSafe}; it is at ${JSON.stringify(this.#heads(chainId))}`,
				() =>
					this.#heads(chainId).every(
						(head, i) => head !== undefined && head.source.number >= (i === 0 ? localSafe : crossSafe),
					),
			)
		}
	}

	#endOf(chainId: ChainId): number {
		return this.recording.heads.get(chainId)?.localSafe?.source.number ?? 0
	}

	async end({ of, from, to }: Outage): Promise<void> {
		this.l1At(from)
		const node = this.replay.nodes.find(({ chainId }) => chainId === of)
		if (node === undefined) await this.stop()
		else {
			node.refusing = true
			node.dropConnections()
		}
		this.l1At(to)
		if (node === undefined) await this.start()
		else node.refusing = false
	}

	/** Local-safe and cross-safe of the chain. */
	#heads(chainId: ChainId): (DerivedIdPair | undefined)[] {
		return [this.vigil.supervisor.reader.localSafe, this.vigil.supervisor.reader.crossSafe].map((read) => {
			try {
				return read(chainId)
			} catch {
				return undefined // There is no such block yet.
			}
		})
	}

	/** Local-unsafe, local-safe and cross-safe as they are stored. */
	async chains(): Promise<Map<ChainId, Record<'canonical' | 'localSafe' | 'crossSafe', BlockId[]>>> {
		const chains = this.recording.chains.map(({ chainId }) => chainId)
		const reader = await openReader({ directory: this.#directory, chains })
		try {
			const id = ({ hash, number }: BlockId) => ({ hash, number })
			return reader.read(
				(view) =>
					new Map(
						chains.map((chainId) => [
							chainId,
							{
								canonical: [...view.canonicalFrom(chainId, 0)].map(id),
								localSafe: [...view.localSafeFrom(chainId, 0)].map(id),
								crossSafe: [...view.crossSafeFrom(chainId, 0)].map(id),
							},
						]),
					),
			)
		} finally {
			await reader.close()
		}
	}
}

describe.each(RECORDED)('%s', (name, outages) => {
	it('after every outage the chains go on within two L1 blocks, and end as the recorded chains', async () => {
		const recording = await recordingOf(name)
		const cluster = new SteppedCluster(recording, await replayed(recording, { kind: 'steps' }))
		await cluster.start()
		for (const outage of outages) {
			await cluster.end(outage)
			cluster.l1At(outage.to + 2)
			await cluster.followed(outage.to + 2)
		}
		cluster.replay.advance(Number.POSITIVE_INFINITY)
		await cluster.followed(Number.POSITIVE_INFINITY)
		expect(cluster.vigil.supervisor.stoppedChains.size).toBe(0)
		const { supervisor } = cluster.vigil
		for (const { chainId } of recording.chains) {
			const head = recordedHead(recording.heads.get(chainId), 'localUnsafe')
			await until('the unsafe head', () => supervisor.reader.localUnsafe(chainId).hash === head?.hash)
		}
		await cluster.stop()
		for (const [chainId, stored] of await cluster.chains()) {
			const recorded = recording.chains.find((one) => one.chainId === chainId)
			const canonical = canonicalBlocks(recorded?.blocks ?? []).map(({ hash, number }) => ({ hash, number }))
			const first = stored.canonical[0]?.number ?? 0
			const heads = recording.heads.get(chainId)
			expect(stored.canonical).toEqual(canonical.filter(({ number }) => number >= first))
			for (const level of ['localSafe', 'crossSafe'] as const) {
				// The recorded supervisor may have ended before it had promoted all that was derived.
				const last = stored[level].at(-1)?.number ?? -1
				expect(last).toBeGreaterThanOrEqual(recordedHead(heads, level)?.number ?? 0)
				expect(stored[level]).toEqual(canonical.filter(({ number }) => number >= first && number <= last))
			}
		}
	})
})
