import { isDeepStrictEqual } from 'node:util'
import type { SuperRoots } from '../api/super-roots.js'
import { type BlockRef, blockId, type OutputV0 } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { InvalidatedReadError } from '../protocol/errors.js'
import { encodeOutputPreimage, outputRoot } from '../protocol/output-root.js'
import { SUPER_ROOT_VERSION, type SuperV1, superRoot } from '../protocol/super-root.js'
import type { OptimisticOutput, SuperRootAtTimestamp } from '../protocol/super-root-at-timestamp.js'
import type { SuperRootResponse } from '../protocol/super-root-response.js'
import type { View } from '../storage/index.js'
import type { NodeOutputs } from './node-outputs.js'
import type { SnapshotSource } from './store-reader.js'
import {
	type OptimisticBlock,
	optimisticView,
	type Rollups,
	type SafeBlock,
	safeBlocksAt,
	type WantedOutput,
} from './super-root-view.js'

/** A cut between question and answer is rare, and two in a row rarer. */
const ATTEMPTS = 3

export interface SuperRootModules {
	readonly store: SnapshotSource
	readonly rollups: Rollups
	readonly outputs: Pick<NodeOutputs, 'output'>
}

/**
 * Super roots, from a snapshot of the store and outputs of the nodes. An output counts only for the very block that
 * the snapshot names, and the answer is given only if the snapshot still holds at the end.
 */
export class SuperRootReader implements SuperRoots {
	constructor(private readonly modules: SuperRootModules) {}

	superRootAtTimestamp(timestamp: bigint): Promise<SuperRootResponse> {
		const { rollups } = this.modules
		return this.#consistently(
			(view) => safeBlocksAt(view, rollups, timestamp),
			(blocks) => this.#superRoot(blocks, timestamp),
		)
	}

	atTimestamp(timestamp: bigint): Promise<SuperRootAtTimestamp> {
		const { rollups } = this.modules
		return this.#consistently(
			(view) => optimisticView(view, rollups, timestamp),
			async ({ optimistic, safe, ...heads }) => {
				const data = safe === undefined ? undefined : await this.#verified(safe, timestamp)
				return {
					...heads,
					optimisticAtTimestamp: new Map(await Promise.all(optimistic.map((block) => this.#first(block)))),
					...(data === undefined ? {} : { data }),
				}
			},
		)
	}

	/** Reads, works without holding the snapshot, and does both again if a cut came between that matters. */
	async #consistently<T, R>(read: (view: View) => T, work: (found: T) => Promise<R>): Promise<R> {
		const { store } = this.modules
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const before = store.read((view) => ({ generation: view.generation, found: read(view) }))
			let result: R | undefined
			let failure: unknown
			try {
				result = await work(before.found)
			} catch (error) {
				failure = error
			}
			const holds = store.read(
				(view) => view.generation === before.generation || isDeepStrictEqual(read(view), before.found),
			)
			if (!holds) continue
			if (result === undefined) throw failure
			return result
		}
		throw new InvalidatedReadError('the chains were cut while their outputs were asked for: try again')
	}

	async #superRoot(blocks: readonly SafeBlock[], timestamp: bigint): Promise<SuperRootResponse> {
		const chains = await Promise.all(
			blocks.map(async ({ canonical, pending }) => {
				const [output, first] = await Promise.all([this.#output(canonical), this.#output(pending)])
				const { chainId } = canonical
				return { chainId, canonical: outputRoot(output), pending: encodeOutputPreimage(first) }
			}),
		)
		const root = superRoot({
			timestamp,
			chains: chains.map(({ chainId, canonical }) => ({ chainId, output: canonical })),
		})
		return {
			crossSafeDerivedFrom: blockId(highestSource(blocks)),
			timestamp,
			superRoot: root,
			version: SUPER_ROOT_VERSION,
			chains,
		}
	}

	async #verified(
		blocks: readonly SafeBlock[],
		timestamp: bigint,
	): Promise<NonNullable<SuperRootAtTimestamp['data']>> {
		const chains = await Promise.all(
			blocks.map(async ({ canonical }) => ({
				chainId: canonical.chainId,
				output: outputRoot(await this.#output(canonical)),
			})),
		)
		const superV1: SuperV1 = { timestamp, chains }
		return { verifiedRequiredL1: blockId(highestSource(blocks)), super: superV1 }
	}

	async #first({ output, requiredL1 }: OptimisticBlock): Promise<[ChainId, OptimisticOutput]> {
		return [output.chainId, { output: await this.#output(output), requiredL1 }]
	}

	#output({ chainId, block, kind }: WantedOutput): Promise<OutputV0> {
		return this.modules.outputs.output(chainId, block, kind)
	}
}

function highestSource(blocks: readonly SafeBlock[]): BlockRef {
	return blocks.map(({ source }) => source).reduce((a, b) => (b.number > a.number ? b : a))
}
