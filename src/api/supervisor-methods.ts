import { formatChainId } from '../protocol/chain-id.js'
import { encodeBlockId, encodeBlockRef, encodeDerivedIdPair } from '../protocol/encode-block.js'
import { encodeSuperRootResponse } from '../protocol/super-root-response.js'
import { encodeChainMap, encodeSyncStatus } from '../protocol/sync-status.js'
import { method, type RpcMethod, waitingMethod } from './method.js'
import { block, chain, executingDescriptor, inboxEntries, minSafety, timestamp } from './params.js'
import type { ServedDependencySet } from './supervisor-reader.js'

/** The window of a dependency set that does not override it, in seconds. */
const DEFAULT_EXPIRY_WINDOW = 604_800n

/** The `supervisor_` namespace (protocol notes, "supervisor_ methods"). */
export const SUPERVISOR_METHODS: readonly RpcMethod[] = [
	method(
		'supervisor_checkAccessList',
		[inboxEntries, minSafety, executingDescriptor],
		({ reader }, entries, level, executing) =>
			reader.checkAccessList({ entries, minSafety: level, executing }),
	),
	method('supervisor_crossDerivedToSource', [chain, block('derived')], ({ reader }, id, derived) =>
		encodeBlockRef(reader.crossDerivedToSource(id, derived)),
	),
	method('supervisor_localUnsafe', [chain], ({ reader }, id) => encodeBlockId(reader.localUnsafe(id))),
	method('supervisor_crossUnsafe', [chain], ({ reader }, id) => encodeBlockId(reader.crossUnsafe(id))),
	method('supervisor_localSafe', [chain], ({ reader }, id) => encodeDerivedIdPair(reader.localSafe(id))),
	method('supervisor_crossSafe', [chain], ({ reader }, id) => encodeDerivedIdPair(reader.crossSafe(id))),
	method('supervisor_finalized', [chain], ({ reader }, id) => encodeBlockId(reader.finalized(id))),
	method('supervisor_finalizedL1', [], ({ reader }) => encodeBlockRef(reader.finalizedL1())),
	waitingMethod('supervisor_superRootAtTimestamp', [timestamp], async ({ superRoots }, time) =>
		encodeSuperRootResponse(await superRoots.superRootAtTimestamp(time)),
	),
	method('supervisor_allSafeDerivedAt', [block('source')], ({ reader }, source) =>
		encodeChainMap(reader.allSafeDerivedAt(source), encodeBlockId),
	),
	method('supervisor_syncStatus', [], ({ reader }) => encodeSyncStatus(reader.syncStatus())),
	method('supervisor_dependencySetV1', [], ({ reader }) => encodeDependencySet(reader.dependencySet)),
]

/** As the file of the dependency set has it: what is the default is left out. */
function encodeDependencySet({ chains, messageExpiryWindow }: ServedDependencySet): object {
	const dependencies = Object.fromEntries(chains.map((chainId) => [formatChainId(chainId), {}]))
	if (messageExpiryWindow === DEFAULT_EXPIRY_WINDOW) return { dependencies }
	const most = BigInt(Number.MAX_SAFE_INTEGER)
	// Beyond what JSON numbers hold exactly nothing ever expires anyway.
	const window = messageExpiryWindow > most ? most : messageExpiryWindow
	return { dependencies, overrideMessageExpiryWindow: Number(window) }
}
