import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { ReadinessAnswer } from '../observability/readiness-answer.js'
import { type AdminOptions, isAdmin, TokenRefusedError } from './admin-access.js'
import { type BrowserOptions, isHostAllowed, isOriginAllowed } from './browser-access.js'
import { clientOf } from './client-connections.js'
import type { Dispatcher } from './dispatcher.js'
import { type AnswerText, failure, INTERNAL_ERROR, INVALID_REQUEST } from './json-rpc.js'
import { BodyBudget, readBody } from './read-body.js'
import type { RpcLimits } from './rpc-limits.js'

/** What clients call JSON-RPC, as go-ethereum's server takes it. */
const CONTENT_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']

/** How long a browser may remember what a page is allowed, in seconds. */
const CORS_MAX_AGE = '600'

export interface HttpOptions extends BrowserOptions {
	readonly limits: RpcLimits
	readonly admin?: AdminOptions
}

/** Answers what is asked for below `/snapshot/`. Never rejects. */
export interface SnapshotHandler {
	handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export interface HttpModules {
	/** Left out, there is nothing at `/snapshot/`. */
	readonly snapshots?: SnapshotHandler
	readonly log: Logger
	readonly dispatcher: Pick<Dispatcher, 'answer'>
	readonly version: string
	/** Whether this process is fit to be asked; left out, there is nothing at `/readyz`. */
	readonly readiness?: () => ReadinessAnswer | Promise<ReadinessAnswer>
	/** Whether what serves this server is alive; left out, it is alive as long as it answers. */
	readonly isAlive?: () => Promise<boolean>
}

/** JSON-RPC at `POST /`, health at `GET /healthz` and `GET /readyz`, and who may ask. */
export function addHttpRoutes(app: FastifyInstance, options: HttpOptions, modules: HttpModules): void {
	const { dispatcher, isAlive, readiness, version, snapshots } = modules
	const { bodyBytes, bufferedBytes } = options.limits
	const budget = new BodyBudget(bufferedBytes)
	addBrowserChecks(app, options)
	// The dispatcher reads the JSON, so that its errors are JSON-RPC's.
	app.removeAllContentTypeParsers()
	app.addContentTypeParser(CONTENT_TYPES, (_request, payload, done) =>
		readBody(payload, bodyBytes, budget, done),
	)
	app.post('/', (request, reply) => {
		const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
		const mayAdmin = isAdmin(options.admin, request.headers.authorization)
		const answer = (isAllowed: boolean) =>
			dispatcher.answer(body, { client: clientOf(request.socket), isAdmin: isAllowed })
		const text = mayAdmin instanceof Promise ? mayAdmin.then(answer) : answer(mayAdmin)
		if (!(text instanceof Promise)) return send(reply, text)
		text.then((late) => send(reply, late)).catch((error: unknown) => reply.send(error))
		return reply
	})
	app.get('/healthz', async (_request, reply) => {
		if (isAlive === undefined || (await isAlive())) return { status: 'ok', version }
		return reply.code(503).send({ status: 'stuck', version })
	})
	if (readiness !== undefined)
		app.get('/readyz', async (_request, reply) => {
			const { status, body } = await readiness()
			return reply.code(status).send(body)
		})
	if (snapshots !== undefined)
		app.get('/snapshot/*', (request, reply) => {
			reply.hijack()
			void snapshots.handle(request.raw, reply.raw)
		})
	// Load balancers probe the root; go-ethereum's server answers them with an empty 200.
	app.get('/', (_request, reply) => reply.send(''))
	addRefusals(app, modules.log)
}

function send(reply: FastifyReply, text: AnswerText): FastifyReply {
	return reply.type('application/json').send(text ?? '')
}

function addBrowserChecks(app: FastifyInstance, options: BrowserOptions): void {
	app.addHook('onRequest', (request, reply, done) => {
		const { origin } = request.headers
		if (request.raw.httpVersionMajor !== 1) {
			refuse(reply, 505, INVALID_REQUEST, 'HTTP version not supported')
			return
		}
		if (!isHostAllowed(options, request.headers)) {
			refuse(reply, 403, INVALID_REQUEST, 'invalid host specified')
			return
		}
		if (origin !== undefined && isOriginAllowed(options, origin)) {
			reply.header('access-control-allow-origin', origin).header('vary', 'Origin')
			if (request.method === 'OPTIONS') {
				answerPreflight(request, reply)
				return
			}
		}
		done()
	})
}

function answerPreflight(request: FastifyRequest, reply: FastifyReply): void {
	reply
		.header('access-control-allow-methods', 'POST, GET')
		.header(
			'access-control-allow-headers',
			request.headers['access-control-request-headers'] ?? 'content-type',
		)
		.header('access-control-max-age', CORS_MAX_AGE)
		.code(204)
		.send()
}

/** Whatever is refused before it reaches the dispatcher is answered in JSON-RPC's form too, with HTTP's status. */
function addRefusals(app: FastifyInstance, log: Logger): void {
	app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
		if (error instanceof TokenRefusedError) return refuse(reply, 401, INVALID_REQUEST, error.message)
		const status = error.statusCode ?? 500
		if (status === 503) return refuse(reply, status, INTERNAL_ERROR, 'too busy, try again later')
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

/** Answers what is no HTTP request, or none in time, and closes the connection. For fastify's `clientErrorHandler`. */
export function refuseBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
	if (error.code === 'ECONNRESET' || !socket.writable) {
		socket.destroy()
		return
	}
	const [status, message] = BROKEN_HTTP.get(error.code) ?? ['400 Bad Request', 'malformed HTTP request']
	const body = JSON.stringify(failure(null, INVALID_REQUEST, message))
	const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n`
	socket.end(`${head}content-length: ${body.length}\r\n\r\n${body}`, () => socket.destroy())
}

const BROKEN_HTTP: ReadonlyMap<string | undefined, readonly [status: string, message: string]> = new Map([
	['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request did not come in time']],
	['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'the head of the request is too large']],
])

function refusalText(status: number): string {
	if (status === 413) return 'request body too large'
	if (status === 415) return 'invalid content type, only application/json is supported'
	return 'malformed HTTP request'
}

/** A connection whose request was not read to its end cannot be used again. */
function refuse(reply: FastifyReply, status: number, code: number, message: string): FastifyReply {
	return reply
		.code(status)
		.header('connection', 'close')
		.type('application/json')
		.send(JSON.stringify(failure(null, code, message)))
}
