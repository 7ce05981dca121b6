import { ADMIN_METHODS } from './admin-methods.js'
import { CLUSTER_METHODS } from './cluster-methods.js'
import type { RpcMethod } from './method.js'
import { ROUTING_METHODS } from './routing-methods.js'
import { serviceMethods } from './service-methods.js'
import { SUBSCRIPTION_METHODS } from './subscription-methods.js'
import { SUPERROOT_METHODS } from './superroot-methods.js'
import { SUPERVISOR_METHODS } from './supervisor-methods.js'

/** Every method that is served. Those of `admin_` are there only if they are enabled. */
export function rpcMethods(options: { readonly admin: boolean }): readonly RpcMethod[] {
	const methods = [
		...SUPERVISOR_METHODS,
		...SUBSCRIPTION_METHODS,
		...SUPERROOT_METHODS,
		...CLUSTER_METHODS,
		...(options.admin ? [...ADMIN_METHODS, ...ROUTING_METHODS] : []),
	]
	return [...methods, ...serviceMethods(methods)]
}
