import type { ChainId } from '../protocol/chain-id.js'
import { parseConfigText } from './config-document.js'

/** Seven days: how old a message may be when it is executed, unless the dependency set says otherwise. */
export const DEFAULT_MESSAGE_EXPIRY_WINDOW = 604_800n

/** The chains whose messages depend on each other. */
export interface DependencySet {
	/** Ascending. */
	readonly chains: readonly ChainId[]
	/** Seconds; up to 2^64 - 1. */
	readonly messageExpiryWindow: bigint
}

/**
 * Reads `{"dependencies": {"<decimal chain id>": {...}}, "overrideMessageExpiryWindow"?: seconds}`. An override of
 * 0 means the default.
 * @throws ConfigFileError naming `file` and the field.
 */
export function parseDependencySet(text: string, file: string): DependencySet {
	const root = parseConfigText(text, file)
	const chains = new Set<ChainId>()
	for (const [key, node] of root.member('dependencies').members()) {
		chains.add(node.chainId(key, 'decimal'))
		node.members() // An entry must be an object or null; what is in it does not matter any more.
	}
	const override = root.member('overrideMessageExpiryWindow').uint64() ?? 0n
	return {
		chains: [...chains].sort((a, b) => (a < b ? -1 : 1)),
		messageExpiryWindow: override === 0n ? DEFAULT_MESSAGE_EXPIRY_WINDOW : override,
	}
}
