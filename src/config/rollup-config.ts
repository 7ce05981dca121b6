import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ZERO_HASH } from '../protocol/hash.js'
import { type ConfigNode, parseConfigText } from './config-document.js'

/** What Vigil needs to know of a chain's rollup config. Times are in seconds. */
export interface RollupConfig {
	readonly chainId: ChainId
	/** Absent in a rollup config set. */
	readonly l1ChainId?: ChainId
	readonly genesis: { readonly l1: BlockId; readonly l2: BlockId; readonly l2Time: number }
	readonly blockTime: number
	/** Interop is active from this time on; null: never. */
	readonly interopTime: number | null
}

/** A time that no block can have is the same as never. */
export function readInteropTime(node: ConfigNode): number | null {
	const time = node.uint64()
	return time === undefined || time > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(time)
}

/**
 * Refuses a config that decodes but cannot work, because a field is missing (or misspelt, as unknown fields are
 * ignored).
 * @throws ConfigFileError
 */
export function checkRollupConfig(config: RollupConfig, node: ConfigNode): void {
	const genesis = node.member('genesis')
	for (const layer of ['l1', 'l2'] as const) {
		if (config.genesis[layer].hash === ZERO_HASH)
			throw genesis.member(layer).member('hash').error('is missing or zero')
	}
	if (config.blockTime === 0) throw node.member('block_time').error('is missing or zero')
}

/**
 * Reads a `rollup.json` of op-node.
 * @throws ConfigFileError naming `file` and the field.
 */
export function parseRollupConfig(text: string, file: string): RollupConfig {
	const node = parseConfigText(text, file)
	const genesis = node.member('genesis')
	const l1ChainId = node.member('l1_chain_id')
	const l2ChainId = node.member('l2_chain_id')
	if (l2ChainId.isNull) throw l2ChainId.error('is missing')
	const config: RollupConfig = {
		chainId: l2ChainId.numericChainId(),
		...(l1ChainId.isNull ? {} : { l1ChainId: l1ChainId.numericChainId() }),
		genesis: {
			l1: genesis.member('l1').blockId(),
			l2: genesis.member('l2').blockId(),
			l2Time: genesis.member('l2_time').count(),
		},
		blockTime: node.member('block_time').count(),
		interopTime: readInteropTime(node.member('interop_time')),
	}
	checkRollupConfig(config, node)
	return config
}
