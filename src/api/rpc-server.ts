import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { AdminOptions } from './admin-access.js'
import type { BrowserOptions } from './browser-access.js'
import { Dispatcher, type RequestCounts } from './dispatcher.js'
import { addHttpRoutes, type HttpModules } from './http-routes.js'
import { closeServer, listen, newServer } from './http-server.js'
import type { ApiContext, RpcMethod } from './method.js'
import { PlainConnections } from './plain-connections.js'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from './rpc-limits.js'
import { rpcMethods } from './rpc-methods.js'
import { SocketServer } from './socket-server.js'
import { StateWatch } from './state-watch.js'

export interface RpcServerOptions extends BrowserOptions {
	readonly addr: string
	/** 0 takes any free port. */
	readonly port: number
	/**
	 * Lets several servers of this process listen on one port, among which connections are spread (see `canSharePort`).
	 * The first one makes sure that nobody else has it.
	 */
	readonly sharesPort?: 'first' | 'too'
	/** Enables the `admin_` methods. */
	readonly admin?: AdminOptions
	readonly limits?: Partial<RpcLimits>
}

/** What counts requests and connections; the metrics of the RPC server are one. */
export interface RpcCounts extends RequestCounts {
	readonly connections: { inc(): void; dec(): void }
}

export interface RpcServerModules
	extends ApiContext,
		Pick<HttpModules, 'snapshots' | 'readiness' | 'isAlive'> {
	/** Those that this server has; left out, all. */
	readonly methods?: readonly RpcMethod[]
	readonly metrics?: { readonly rpc: RpcCounts }
}

export interface RpcServer {
	/** Where the server listens, as `host:port`. */
	readonly addr: string
	readonly port: number
	/** Ends within about a second, also when clients keep connections open. */
	close(): Promise<void>
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
			methods: modules.methods ?? rpcMethods({ admin: options.admin !== undefined }),
			batchLimit: limits.batchRequests,
			batchAnswerBytes: limits.batchAnswerBytes,
			waitingLimit: limits.waitingPerClient,
		},
		modules,
	)
	const app = newServer(limits)
	const connections = modules.metrics?.rpc.connections
	app.server.on('connection', (socket: Socket) => {
		connections?.inc()
		socket.once('close', () => connections?.dec())
	})
	addHttpRoutes(app, { ...options, limits }, { ...modules, dispatcher })
	const plain = new PlainConnections(app.server, { ...options, limits }, { dispatcher })
	const sockets = new SocketServer(
		app.server,
		{ ...options, limits },
		{ log: modules.log, dispatcher, watch: new StateWatch(modules) },
	)
	try {
		const bound = await listen(app, options, { name: 'RPC server', flags: '--rpc' })
		modules.log.info({ addr: bound.addr }, 'RPC server bound to address')
		return { ...bound, close: () => close(app, sockets, plain) }
	} catch (error) {
		sockets.close()
		throw error
	}
}

async function close(app: FastifyInstance, sockets: SocketServer, plain: PlainConnections): Promise<void> {
	sockets.close()
	plain.close()
	await closeServer(app, () => {
		sockets.terminate()
		plain.terminate()
	})
}
