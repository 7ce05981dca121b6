import { method, type RpcMethod } from './method.js'

/** As go-ethereum numbers the namespaces of its server. */
const MODULE_VERSION = '1.0'

/** What every server of the stack has: `health_status`, and `rpc_modules` of the given methods and its own. */
export function serviceMethods(methods: readonly RpcMethod[]): readonly RpcMethod[] {
	const names = ['health', 'rpc', ...methods.map(({ name }) => name.slice(0, name.indexOf('_')))]
	const modules = Object.fromEntries([...new Set(names)].sort().map((name) => [name, MODULE_VERSION]))
	return [method('health_status', [], ({ version }) => version), method('rpc_modules', [], () => modules)]
}
