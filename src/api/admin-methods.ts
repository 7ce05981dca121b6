import { MalformedValueError } from '../protocol/errors.js'
import { parseHexBytes } from '../protocol/hex-bytes.js'
import { METHOD_NOT_FOUND, RequestError } from './json-rpc.js'
import { type ApiContext, method, type Param, type RpcMethod, waitingMethod } from './method.js'
import { block, chain, flag } from './params.js'
import type { SupervisorControl } from './supervisor-control.js'

const JWT_SECRET_BYTES = 32

const url: Param<string> = {
	name: 'url',
	parse(value, field) {
		if (typeof value !== 'string' || !URL.canParse(value))
			throw new MalformedValueError(field, 'the address of a node', typeof value)
		return value
	},
}

/** The message says nothing of what was given. */
const jwtSecret: Param<Uint8Array> = {
	name: 'jwtSecret',
	parse(value, field) {
		try {
			return parseHexBytes(value, field, JWT_SECRET_BYTES)
		} catch {
			throw new MalformedValueError(field, '32 bytes as 0x hex', 'something else')
		}
	},
}

/** The `admin_` namespace (protocol notes, "admin_"). */
export const ADMIN_METHODS: readonly RpcMethod[] = [
	waitingMethod('admin_addL2RPC', [url, jwtSecret], (context, address, secret) =>
		controlOf(context).addL2Rpc(address, secret),
	),
	waitingMethod('admin_rewind', [chain, block('block')], (context, chainId, to) =>
		controlOf(context).rewind(chainId, to),
	),
	waitingMethod('admin_setFailsafeEnabled', [flag('enabled')], (context, on) =>
		controlOf(context).setFailsafe(on),
	),
	method('admin_getFailsafeEnabled', [], ({ reader }) => reader.failsafe()),
	waitingMethod('admin_start', [], (context) => controlOf(context).start()),
	waitingMethod('admin_stop', [], (context) => controlOf(context).stop()),
].map((entry): RpcMethod => ({ ...entry, isAdmin: true }))

function controlOf({ control }: ApiContext): SupervisorControl {
	if (control !== undefined) return control
	throw new RequestError(METHOD_NOT_FOUND, 'this process only reads: ask the one that supervises')
}
