import { UnknownPayloadError, WrongPayloadError } from '../routing/routing-errors.js'
import { INVALID_PARAMS, METHOD_NOT_FOUND, RequestError } from './json-rpc.js'
import { type Param, type RpcMethod, waitingMethod } from './method.js'
import { chain } from './params.js'

/** Read by whoever proves it. */
const envelope: Param<unknown> = { name: 'envelope', parse: (value) => value }

/**
 * Unsafe blocks for nodes that lack them. For admins, because many payloads that nobody needs could push out those that
 * are needed.
 */
export const ROUTING_METHODS: readonly RpcMethod[] = [
	waitingMethod('cluster_postUnsafePayload', [chain, envelope], async ({ router }, chainId, value) => {
		if (router === undefined)
			throw new RequestError(METHOD_NOT_FOUND, 'no unsafe blocks are routed: start with --unsafe-routing')
		try {
			return router.post(chainId, value)
		} catch (error) {
			if (error instanceof WrongPayloadError || error instanceof UnknownPayloadError)
				throw new RequestError(INVALID_PARAMS, error.message)
			throw error
		}
	}),
].map((entry): RpcMethod => ({ ...entry, isAdmin: true }))
