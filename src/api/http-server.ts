import { type AddressInfo, createServer } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import { NO_SCHEMAS } from '../observability/no-schemas.js'
import { limitConnections } from './client-connections.js'
import { refuseBrokenHttp } from './http-routes.js'
import type { RpcLimits } from './rpc-limits.js'
import type { RpcServerOptions } from './rpc-server.js'

/** At close, requests that are being answered get this long; then their connections are cut. */
const CLOSE_GRACE_MS = 1_000

/** Time-outs of requests are looked at this often. */
const TIMEOUT_CHECK_MS = 1_000

/** An RPC server cannot listen where it should. */
export class RpcListenError extends Error {
	constructor(
		readonly addr: string,
		readonly port: number,
		server: ServerName,
		cause: unknown,
	) {
		super(`the ${server.name} cannot listen on ${addr} port ${port}: ${listenFailure(cause, server.flags)}`, {
			cause,
		})
		this.name = 'RpcListenError'
	}
}

/** How errors name a server, and its flags `.addr` and `.port`. */
export interface ServerName {
	readonly name: string
	/** Without the last part, such as `--rpc`. */
	readonly flags: string
}

/** An HTTP server for JSON-RPC that holds its clients to the limits; it has no routes yet. */
export function newServer(limits: RpcLimits): FastifyInstance {
	const app = fastify({
		requestTimeout: limits.requestTimeoutMs,
		keepAliveTimeout: limits.idleTimeoutMs,
		connectionTimeout: limits.stallTimeoutMs,
		forceCloseConnections: 'idle',
		clientErrorHandler: refuseBrokenHttp,
		schemaController: NO_SCHEMAS,
		http: {
			maxHeaderSize: limits.headerBytes,
			headersTimeout: limits.headersTimeoutMs,
			connectionsCheckingInterval: TIMEOUT_CHECK_MS,
		},
	})
	app.server.maxHeadersCount = limits.headerCount
	// Clients that close their sending side wait for an answer. (Node has this switch, its types do not.)
	Object.assign(app.server, { httpAllowHalfOpen: true })
	limitConnections(app.server, limits)
	return app
}

/** Resolves with where it listens, as `host:port`, and the port. @throws RpcListenError */
export async function listen(
	app: FastifyInstance,
	{ addr, port, sharesPort }: Pick<RpcServerOptions, 'addr' | 'port' | 'sharesPort'>,
	server: ServerName,
): Promise<{ addr: string; port: number }> {
	try {
		if (sharesPort === 'first') await mustBeFree(addr, port)
		// fastify hands it on to Node; the types of both are older.
		await app.listen({ host: addr, port, ...(sharesPort === undefined ? {} : { reusePort: true }) })
	} catch (error) {
		throw new RpcListenError(addr, port, server, error)
	}
	const bound = app.server.address() as AddressInfo
	const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
	return { addr: `${host}:${bound.port}`, port: bound.port }
}

/** Ends within about a second, also when clients keep connections open; `cut` ends what is no HTTP any more. */
export async function closeServer(app: FastifyInstance, cut: () => void = () => {}): Promise<void> {
	const timer = setTimeout(() => {
		cut()
		app.server.closeAllConnections()
	}, CLOSE_GRACE_MS)
	try {
		await app.close()
	} finally {
		clearTimeout(timer)
	}
}

/** A port that is shared can be taken although others have it. */
async function mustBeFree(host: string, port: number): Promise<void> {
	const probe = createServer()
	await new Promise<void>((resolve, reject) => probe.once('error', reject).listen({ host, port }, resolve))
	await new Promise((resolve) => probe.close(resolve))
}

function listenFailure(error: unknown, flags: string): string {
	const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
	if (code === 'EADDRINUSE') return `it is in use; choose another with ${flags}.port`
	if (code === 'EACCES') return `not permitted; choose a port above 1023 with ${flags}.port`
	if (code === 'ENOTSUP') return 'this system cannot share a port among threads; leave --rpc.threads at 1'
	if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
		return `this machine has no such address; see ${flags}.addr`
	return code
}
