import type {
	ChainAnswer,
	ClusterAnswer,
	ClusterCall,
	ClusterOutputs,
	ClusterReads,
	Cut,
	CutNews,
	CutSelector,
	ReadLevel,
} from '../api/cluster-reads.js'
import {
	ExecutionError,
	ExecutionResponseError,
	ExecutionRpcError,
	NoExecutionNodeError,
} from '../execution/execution-errors.js'
import type { ExecutionNodes } from '../execution/execution-nodes.js'
import { type PinnedRead, pinRead } from '../execution/pinned-read.js'
import type { BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ClusterCallError, InvalidatedReadError, UnknownChainError } from '../protocol/errors.js'
import { outputRoot } from '../protocol/output-root.js'
import { superRoot } from '../protocol/super-root.js'
import type { View } from '../storage/index.js'
import { cutOf, holds } from './cluster-cut.js'
import { newsOf } from './cut-news.js'
import type { NodeOutputs } from './node-outputs.js'
import type { SnapshotSource } from './store-reader.js'
import type { Rollups } from './super-root-view.js'

/** A cut between question and answer is rare, and two in a row rarer. */
const ATTEMPTS = 3
/** All attempts together: less than clients wait for an answer. */
const DEADLINE_MS = 15_000
/** The answers of all chains together, as much as an answer to a batch. */
const MAX_ANSWER_BYTES = 24 * 1024 * 1024

/** No execution node of the chain gave an answer. */
const NOT_AVAILABLE = -322001
/** An execution node answered with something else than what was asked for. */
const NOT_AS_ASKED = -322002

export interface ClusterReaderModules {
	readonly store: SnapshotSource
	readonly rollups: Rollups
	readonly outputs: Pick<NodeOutputs, 'output'>
	readonly execution: Pick<ExecutionNodes, 'call'>
}

/**
 * Reads of all chains at one cut (docs/cluster-reads.md). The cut comes from one snapshot; nodes are asked for exactly
 * its blocks, without holding the snapshot; and the answer is given only if the store still has the cut at the end.
 */
export class ClusterReader implements ClusterReads {
	constructor(private readonly modules: ClusterReaderModules) {}

	cut(selector: CutSelector): Cut {
		const { store, rollups } = this.modules
		return store.read((view) => cutOf(view, rollups, selector))
	}

	async call(call: ClusterCall): Promise<ClusterAnswer> {
		const { rollups } = this.modules
		const unknown = call.chains?.find((chainId) => !rollups.has(chainId))
		if (unknown !== undefined) throw new UnknownChainError(unknown)
		const deadline = performance.now() + DEADLINE_MS
		return this.#atOneCut(call.at, async (cut) => {
			const blocks = [...cut.chains].filter(([chainId]) => call.chains?.includes(chainId) ?? true)
			const reads = blocks.map(([chainId, block]) => ({
				chainId,
				read: pinRead(call.method, call.params, block),
			}))
			const limits = {
				timeoutMs: Math.max(1, deadline - performance.now()),
				maxAnswerBytes: Math.floor(MAX_ANSWER_BYTES / Math.max(1, reads.length)),
			}
			const answers = await Promise.all(
				reads.map(async ({ chainId, read }) => [chainId, await this.#ask(chainId, read, limits)] as const),
			)
			if (call.isStrict) mustSucceed(answers)
			return { cut, chains: new Map(answers) }
		})
	}

	outputs(timestamp: number): Promise<ClusterOutputs> {
		return this.#atOneCut({ level: 'safe', timestamp }, async (cut) => {
			const outputs = await Promise.all([...cut.chains].map((chain) => this.#output(chain)))
			const roots = outputs.map(([chainId, of]) => ({ chainId, output: of.outputRoot }))
			const root = superRoot({ timestamp: BigInt(timestamp), chains: roots })
			return { cut, superRoot: root, outputs: new Map(outputs) }
		})
	}

	news(level: ReadLevel, told: readonly Cut[]): readonly CutNews[] {
		const { store, rollups } = this.modules
		return store.read((view) => newsOf(view, rollups, level, told))
	}

	/** Finds the cut, works without holding a snapshot, and does both again if the cut does not hold any more. */
	async #atOneCut<R>(selector: CutSelector, work: (cut: Cut) => Promise<R>): Promise<R> {
		const { store, rollups } = this.modules
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const before = store.read((view) => ({
				generation: view.generation,
				cut: cutOf(view, rollups, selector),
			}))
			const outcome = await settled(work(before.cut))
			const stands = store.read(
				(view: View) => view.generation === before.generation || holds(view, rollups, before.cut, selector),
			)
			if (!stands) continue
			if ('error' in outcome) throw outcome.error
			return outcome.value
		}
		throw new InvalidatedReadError('the chains were cut while they were asked: try again')
	}

	async #ask(
		chainId: ChainId,
		{ method, params, fault }: PinnedRead,
		limits: { readonly timeoutMs: number; readonly maxAnswerBytes: number },
	): Promise<ChainAnswer> {
		try {
			return { result: await this.modules.execution.call(chainId, method, params, { ...limits, fault }) }
		} catch (error) {
			return { error: encodeFailure(error) }
		}
	}

	async #output([chainId, block]: readonly [ChainId, BlockRef]) {
		const output = await this.modules.outputs.output(chainId, block, 'canonical')
		return [chainId, { output, outputRoot: outputRoot(output) }] as const
	}
}

/** The node's own error as it came, and Vigil's. @throws what is no failure of a node */
function encodeFailure(error: unknown): Extract<ChainAnswer, { error: unknown }>['error'] {
	if (error instanceof ExecutionRpcError) {
		const { code, reason, data } = error
		return { code, message: reason, ...(data === undefined ? {} : { data }) }
	}
	if (error instanceof ExecutionResponseError) return { code: NOT_AS_ASKED, message: error.message }
	if (error instanceof ExecutionError || error instanceof NoExecutionNodeError)
		return { code: NOT_AVAILABLE, message: error.message }
	throw error
}

/** @throws ClusterCallError */
function mustSucceed(answers: readonly (readonly [ChainId, ChainAnswer])[]): void {
	for (const [chainId, answer] of answers)
		if ('error' in answer)
			throw new ClusterCallError(`chain ${chainId}: ${answer.error.message} (code ${answer.error.code})`)
}

async function settled<T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
	try {
		return { value: await work }
	} catch (error) {
		return { error }
	}
}
