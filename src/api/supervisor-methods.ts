import { parseChainId } from '../protocol/chain-id.js'
import { encodeBlockId, encodeDerivedIdPair } from '../protocol/encode-block.js'
import { encodeSyncStatus } from '../protocol/sync-status.js'
import { method, type Param, type RpcMethod } from './method.js'

const chain = { name: 'chainID', parse: parseChainId } satisfies Param<unknown>

/** The `supervisor_` namespace (protocol notes, "supervisor_ methods"). */
export const SUPERVISOR_METHODS: readonly RpcMethod[] = [
	method('supervisor_localUnsafe', [chain], ({ reader }, id) => encodeBlockId(reader.localUnsafe(id))),
	method('supervisor_localSafe', [chain], ({ reader }, id) => encodeDerivedIdPair(reader.localSafe(id))),
	method('supervisor_syncStatus', [], ({ reader }) => encodeSyncStatus(reader.syncStatus())),
]
