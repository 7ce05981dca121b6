import type { AddressInfo, Socket } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import type { ReadinessAnswer } from '../observability/readiness-answer.js'
import type { AdminOptions } from './admin-access.js'
import type { BrowserOptions } from './browser-access.js'
import { limitConnections } from './client-connections.js'
import { Dispatcher, type DispatcherModules } from './dispatcher.js'
import { addHttpRoutes, refuseBrokenHttp, type SnapshotHandler } from './http-routes.js'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from './rpc-limits.js'
import { rpcMethods } from './rpc-methods.js'
import { SocketServer } from './socket-server.js'
import { StateWatch } from './state-watch.js'

/** At close, requests that are being answered get this long; then their connections are cut. */
const CLOSE_GRACE_MS = 1_000

/** Time-outs of requests are looked at this often. */
const TIMEOUT_CHECK_MS = 1_000

export interface RpcServerOptions extends BrowserOptions {
	readonly addr: string
	/** 0 takes any free port. */
	readonly port: number
	/** Enables the `admin_` methods. */
	readonly admin?: AdminOptions
	readonly limits?: Partial<RpcLimits>
}

export interface RpcServerModules extends DispatcherModules {
	readonly snapshots?: SnapshotHandler
	/** Whether this process is fit to be asked; left out, it does not tell. */
	readonly readiness?: () => ReadinessAnswer
}

export interface RpcServer {
	/** Where the server listens, as `host:port`. */
	readonly addr: string
	readonly port: number
	/** Ends within about a second, also when clients keep connections open. */
	close(): Promise<void>
}

/** The RPC server cannot listen where it should. */
export class RpcListenError extends Error {
	constructor(
		readonly addr: string,
		readonly port: number,
		reason: string,
		options?: ErrorOptions,
	) {
		super(`the RPC server cannot listen on ${addr} port ${port}: ${reason}`, options)
		this.name = 'RpcListenError'
	}
}

/**
 * Serves JSON-RPC at `POST /` and over WebSockets, and health at `GET /healthz` and `GET /readyz`, all on one port
 * (docs/api.md). The log line "RPC server bound to address" with the field `addr` is part of the interface: tools of the stack wait for
 * it.
 * @throws RpcListenError
 */
export async function startRpcServer(
	options: RpcServerOptions,
	modules: RpcServerModules,
): Promise<RpcServer> {
	const limits = { ...DEFAULT_RPC_LIMITS, ...options.limits }
	const dispatcher = new Dispatcher(
		{
			methods: rpcMethods({ admin: options.admin !== undefined }),
			batchLimit: limits.batchRequests,
			batchAnswerBytes: limits.batchAnswerBytes,
			waitingLimit: limits.waitingPerClient,
		},
		modules,
	)
	const app = fastify({
		requestTimeout: limits.requestTimeoutMs,
		keepAliveTimeout: limits.idleTimeoutMs,
		connectionTimeout: limits.stallTimeoutMs,
		forceCloseConnections: 'idle',
		clientErrorHandler: refuseBrokenHttp,
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
	const connections = modules.metrics?.rpc.connections
	app.server.on('connection', (socket: Socket) => {
		connections?.inc()
		socket.once('close', () => connections?.dec())
	})
	addHttpRoutes(app, { ...options, limits }, { ...modules, dispatcher })
	const sockets = new SocketServer(
		app.server,
		{ ...options, limits },
		{ log: modules.log, dispatcher, watch: new StateWatch(modules) },
	)
	try {
		const bound = await listen(app, options)
		modules.log.info({ addr: bound.addr }, 'RPC server bound to address')
		return { ...bound, close: () => close(app, sockets) }
	} catch (error) {
		sockets.close()
		throw error
	}
}

async function listen(
	app: FastifyInstance,
	{ addr, port }: RpcServerOptions,
): Promise<{ addr: string; port: number }> {
	try {
		await app.listen({ host: addr, port })
	} catch (error) {
		throw new RpcListenError(addr, port, listenFailure(error), { cause: error })
	}
	const bound = app.server.address() as AddressInfo
	const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
	return { addr: `${host}:${bound.port}`, port: bound.port }
}

function listenFailure(error: unknown): string {
	const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
	if (code === 'EADDRINUSE') return 'it is in use; choose another with --rpc.port'
	if (code === 'EACCES') return 'not permitted; choose a port above 1023 with --rpc.port'
	if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
		return 'this machine has no such address; see --rpc.addr'
	return code
}

async function close(app: FastifyInstance, sockets: SocketServer): Promise<void> {
	sockets.close()
	const cut = setTimeout(() => {
		sockets.terminate()
		app.server.closeAllConnections()
	}, CLOSE_GRACE_MS)
	try {
		await app.close()
	} finally {
		clearTimeout(cut)
	}
}
