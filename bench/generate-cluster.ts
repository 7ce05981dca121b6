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
	const { chains, blocks, logs, shape, bulk } = source
	const options: GenerateOptions = {
		...{ seed: SEED, chains, blocks, logsPerBlock: logs, executingShare: EXECUTING_SHARE },
		...shape,
	}
	const cluster = { recording: generateRecording(options), logs: logsOf(options) }
	if (bulk === undefined) return cluster
	const { firstChainId, blockTime } = clusterShape(options)
	const further = { ...options, chains: 1, blocks: bulk.blocks, firstChainId: firstChainId + chains }
	return {
		recording: withBulk(cluster.recording, generateRecording(further), bulk.withBlock * blockTime * 1000),
		logs: cluster.logs + logsOf(further),
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
