import { type ClusterConfig, mergeClusterConfig } from '../config/cluster-config.js'
import { parseDependencySet } from '../config/dependency-set.js'
import { parseRollupConfig } from '../config/rollup-config.js'
import type { Recording } from './recording.js'

/** The configuration of the recorded cluster, as a supervisor that is to follow its replay needs it. */
export function clusterOf(recording: Recording): ClusterConfig {
	const file = `recording ${recording.name}`
	const dependencySet = parseDependencySet(JSON.stringify(recording.dependencySet), file)
	const rollups = recording.chains.map(({ chainId, rollup }) => {
		const config = parseRollupConfig(JSON.stringify(rollup), `${file}, rollup config of chain ${chainId}`)
		return [chainId, config] as const
	})
	return mergeClusterConfig(dependencySet, new Map(rollups), { dependencySet: file, rollups: file })
}
