import type { ChainId } from '../protocol/chain-id.js'
import { readConfigText } from './config-document.js'
import { ConfigFileError } from './config-file-error.js'
import { type DependencySet, parseDependencySet } from './dependency-set.js'
import { glob } from './glob.js'
import { parseRollupConfig, type RollupConfig } from './rollup-config.js'
import { parseRollupConfigSet } from './rollup-config-set.js'

/** The cluster that is supervised: its chains, the message rules and the rollup config of every chain. */
export interface ClusterConfig extends DependencySet {
	/** One for each of `chains`, in their order. */
	readonly rollups: ReadonlyMap<ChainId, RollupConfig>
}

/** Where the files are. One of the two rollup settings is given. */
export interface ClusterFiles {
	readonly dependencySet: string
	readonly rollupConfigPaths?: string | undefined
	readonly rollupConfigSet?: string | undefined
}

/**
 * Reads dependency set and rollup configs; `Options` can be passed as they are.
 * @throws ConfigFileError naming file and field, also if the files name different chains.
 */
export async function loadClusterConfig(files: ClusterFiles): Promise<ClusterConfig> {
	const dependencySet = parseDependencySet(await readConfigText(files.dependencySet), files.dependencySet)
	if (dependencySet.chains.length === 0)
		throw new ConfigFileError(files.dependencySet, 'dependencies', 'names no chain')
	const rollups =
		files.rollupConfigSet === undefined
			? await loadRollupConfigs(files.rollupConfigPaths ?? '')
			: parseRollupConfigSet(await readConfigText(files.rollupConfigSet), files.rollupConfigSet)
	const source = files.rollupConfigSet ?? files.rollupConfigPaths ?? ''
	return mergeClusterConfig(dependencySet, rollups, { dependencySet: files.dependencySet, rollups: source })
}

/** Joins the two parts. @throws ConfigFileError unless both name the same chains. */
export function mergeClusterConfig(
	dependencySet: DependencySet,
	rollups: ReadonlyMap<ChainId, RollupConfig>,
	files: { readonly dependencySet: string; readonly rollups: string },
): ClusterConfig {
	const ordered = dependencySet.chains.map((chainId): [ChainId, RollupConfig] => {
		const config = rollups.get(chainId)
		if (config !== undefined) return [chainId, config]
		throw new ConfigFileError(
			files.rollups,
			'',
			`has no chain ${chainId}, which ${files.dependencySet} names`,
		)
	})
	const known = new Set(dependencySet.chains)
	for (const chainId of rollups.keys()) {
		if (known.has(chainId)) continue
		throw new ConfigFileError(
			files.dependencySet,
			'',
			`has no chain ${chainId}, which ${files.rollups} names`,
		)
	}
	return { ...dependencySet, rollups: new Map(ordered) }
}

async function loadRollupConfigs(pattern: string): Promise<Map<ChainId, RollupConfig>> {
	const paths = await glob(pattern)
	if (paths.length === 0) throw new ConfigFileError(pattern, '', 'no file matches this pattern')
	const configs = new Map<ChainId, RollupConfig>()
	const pathOf = new Map<ChainId, string>()
	for (const path of paths) {
		const config = parseRollupConfig(await readConfigText(path), path)
		const other = pathOf.get(config.chainId)
		if (other !== undefined) {
			throw new ConfigFileError(path, 'l2_chain_id', `${config.chainId} is the chain of ${other} too`)
		}
		pathOf.set(config.chainId, path)
		configs.set(config.chainId, config)
	}
	return configs
}
