import type { AddressInfo } from 'node:net'
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import type { Logger } from 'pino'
import { Dispatcher } from './dispatcher.js'
import { failure, INTERNAL_ERROR, INVALID_REQUEST } from './json-rpc.js'
import { SUPERVISOR_METHODS } from './supervisor-methods.js'
import type { SupervisorReader } from './supervisor-reader.js'

/** As go-ethereum's server limits it. */
const DEFAULT_BODY_LIMIT_BYTES = 5 * 1024 * 1024

/** A request that takes longer to arrive is cut off: the largest one needs 1.4 Mbit/s. */
const REQUEST_TIMEOUT_MS = 30_000

/** Longer than the idle times of the usual load balancers, so that they close first and lose no request. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000

/** At close, requests that are being answered get this long; then their connections are cut. */
const CLOSE_GRACE_MS = 1_000

/** What clients call JSON-RPC, as go-ethereum's server takes it. */
const CONTENT_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']

export interface RpcServerOptions {
	readonly addr: string
	/** 0 takes any free port. */
	readonly port: number
	readonly bodyLimitBytes?: number
	readonly batchLimit?: number
}

export interface RpcServerModules {
	readonly log: Logger
	readonly reader: SupervisorReader
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
 * Serves JSON-RPC at `POST /` and health at `GET /healthz`. The log line "RPC server bound to address" with the
 * field `addr` is part of the interface: tools of the stack wait for it.
 * @throws RpcListenError
 */
export async function startRpcServer(
	options: RpcServerOptions,
	modules: RpcServerModules,
): Promise<RpcServer> {
	const dispatcher = new Dispatcher({ ...options, methods: SUPERVISOR_METHODS }, modules)
	const app = fastify({
		bodyLimit: options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
		requestTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
		forceCloseConnections: 'idle',
	})
	addRoutes(app, dispatcher)
	addRefusals(app, modules.log)
	const bound = await listen(app, options)
	modules.log.info({ addr: bound.addr }, 'RPC server bound to address')
	return { ...bound, close: () => close(app) }
}

function addRoutes(app: FastifyInstance, dispatcher: Dispatcher): void {
	// The dispatcher reads the JSON, so that its errors are JSON-RPC's. A WebSocket server can take `app.server`'s
	// upgrade requests and use the same dispatcher.
	app.removeAllContentTypeParsers()
	app.addContentTypeParser(CONTENT_TYPES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
	app.post('/', async (request, reply) => {
		const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
		const answer = await dispatcher.answer(body)
		return reply.type('application/json').send(answer ?? '')
	})
	app.get('/healthz', () => ({ status: 'ok' }))
	// Load balancers probe the root; go-ethereum's server answers them with an empty 200.
	app.get('/', (_request, reply) => reply.send(''))
}

/** Whatever is refused before it reaches the dispatcher is answered in JSON-RPC's form too, with HTTP's status. */
function addRefusals(app: FastifyInstance, log: Logger): void {
	app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
		const status = error.statusCode ?? 500
		if (status >= 500) {
			log.error({ err: error }, 'HTTP request failed for a reason inside of Vigil')
			return refuse(reply, status, INTERNAL_ERROR, 'internal error')
		}
		return refuse(reply, status, INVALID_REQUEST, refusalText(status))
	})
	app.setNotFoundHandler((request, reply) => {
		if (request.url !== '/') return refuse(reply, 404, INVALID_REQUEST, 'not found: JSON-RPC is at POST /')
		return refuse(reply.header('allow', 'GET, POST'), 405, INVALID_REQUEST, 'method not allowed: use POST')
	})
}

function refusalText(status: number): string {
	if (status === 413) return 'request body too large'
	if (status === 415) return 'invalid content type, only application/json is supported'
	return 'malformed HTTP request'
}

function refuse(reply: FastifyReply, status: number, code: number, message: string): FastifyReply {
	return reply
		.code(status)
		.type('application/json')
		.send(JSON.stringify(failure(null, code, message)))
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

async function close(app: FastifyInstance): Promise<void> {
	const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS)
	try {
		await app.close()
	} finally {
		clearTimeout(cut)
	}
}
