import { clusterShape, type GenerateOptions, logCount } from '../src/recording/generate/cluster-shape.js'
import { generateRecording } from '../src/recording/generate-recording.js'
import type { Recording } from '../src/recording/recording.js'
import type { GeneratedSource } from './fake-cluster-messages.js'

/** Also of L1, which is the same for all clusters of one seed. */
const SEED = 7
/** Share of the logs that execute a message. */
const EXECUTING_SHARE = 0.02

/** A generated cluster, and how many logs its blocks have. */
export interface GeneratedCluster {
	readonly recording: Recording
	readonly logs: number
}

/** Generates what the source describes. Receipts are made when they are asked for. */
export function generateCluster(source: GeneratedSource): GeneratedCluster {
	const { chains, blocks, logs, shape, history = 0, bulk } = source
	const options: GenerateOptions = {
		...{ seed: SEED, chains, blocks, logsPerBlock: logs, executingShare: EXECUTING_SHARE },
		...shape,
	}
	const { firstChainId, blockTime } = clusterShape(options)
	const recording = withHistory(generateRecording(options), history * blockTime * 1000)
	const cluster = { recording, logs: logsOf(options) }
	if (bulk === undefined) return cluster
	const further = { ...options, chains: 1, blocks: bulk.blocks, firstChainId: firstChainId + chains }
	return {
		recording: withBulk(cluster.recording, generateRecording(further), bulk.withBlock * blockTime * 1000),
		logs: cluster.logs + logsOf(further),
	}
}

/** What there is after so many milliseconds is there from the start, and the rest so much earlier. */
function withHistory(recording: Recording, ms: number): Recording {
	const earlier = <T extends { readonly t: number }>(entries: readonly T[]) =>
		entries.map((entry) => ({ ...entry, t: Math.max(0, entry.t - ms) }))
	return {
		...recording,
		l1: earlier(recording.l1),
		finality: earlier(recording.finality),
		chains: recording.chains.map((chain) => ({ ...chain, blocks: earlier(chain.blocks) })),
	}
}

/** L1 stays as it is, so of the further chains no more is derived than fits into its time. */
function withBulk(recording: Recording, further: Recording, t: number): Recording {
	const chains = further.chains.map((chain) => ({
		...chain,
		blocks: chain.blocks.map((block) => ({ ...block, t: block.block.number === 0 ? 0 : t })),
	}))
	return {
		...recording,
		dependencySet: {
			dependencies: { ...recording.dependencySet.dependencies, ...further.dependencySet.dependencies },
		},
		chains: [...recording.chains, ...chains],
		heads: new Map([...recording.heads, ...further.heads]),
	}
}

function logsOf(options: GenerateOptions): number {
	const shape = clusterShape(options)
	let logs = 0
	for (let chain = 0; chain < shape.chains; chain++)
		for (let block = 1; block <= shape.blocks; block++) logs += logCount(shape, chain, block)
	return logs
}
