import type { ChainId } from '../protocol/chain-id.js'
import { type ConfigNode, parseConfigText } from './config-document.js'
import { checkRollupConfig, type RollupConfig, readInteropTime } from './rollup-config.js'

/** One chain of the set as decoded, before the check that it can work. */
export interface RollupConfigEntry {
	readonly config: RollupConfig
	readonly node: ConfigNode
}

/**
 * Decodes `{"<chain id>": {"genesis": {"l1": seal, "l2": seal}, "block_time", "interop_time"?}}`, the ID decimal
 * or `0x` hex. Like the reference it takes missing fields for zeros.
 * @throws ConfigFileError naming `file` and the field.
 */
export function decodeRollupConfigSet(text: string, file: string): Map<ChainId, RollupConfigEntry> {
	const entries = new Map<ChainId, RollupConfigEntry>()
	for (const [key, node] of parseConfigText(text, file).members()) {
		const chainId = node.chainId(key, 'decimal or hex')
		const genesis = node.member('genesis')
		const config: RollupConfig = {
			chainId,
			genesis: {
				l1: genesis.member('l1').blockId(),
				l2: genesis.member('l2').blockId(),
				l2Time: genesis.member('l2').member('timestamp').count(),
			},
			blockTime: node.member('block_time').count(),
			interopTime: readInteropTime(node.member('interop_time')),
		}
		entries.set(chainId, { config, node })
	}
	return entries
}

/** Reads a rollup config set and refuses entries that cannot work. @throws ConfigFileError */
export function parseRollupConfigSet(text: string, file: string): Map<ChainId, RollupConfig> {
	const configs = new Map<ChainId, RollupConfig>()
	for (const [chainId, { config, node }] of decodeRollupConfigSet(text, file)) {
		checkRollupConfig(config, node)
		configs.set(chainId, config)
	}
	return configs
}
