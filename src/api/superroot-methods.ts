import { encodeSuperRootAtTimestamp } from '../protocol/super-root-at-timestamp.js'
import { type RpcMethod, waitingMethod } from './method.js'
import { timestamp } from './params.js'

/** The `superroot_` namespace (protocol notes, "superroot_atTimestamp"). */
export const SUPERROOT_METHODS: readonly RpcMethod[] = [
	waitingMethod('superroot_atTimestamp', [timestamp], async ({ superRoots }, time) =>
		encodeSuperRootAtTimestamp(await superRoots.atTimestamp(time)),
	),
]
