import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { textFrameHeader } from './text-frame.js'

/** op-node's server pings this often and drops who has not answered by the next ping. */
const PING_INTERVAL_MS = 30_000
/** Requests are small; `eth` batches of a busy client stay far below. */
const MAX_REQUEST_BYTES = 5 * 1024 * 1024

/** Answered as a JSON-RPC error. */
export class RpcFailure extends Error {
	constructor(
		readonly code: number,
		message: string,
		readonly data?: unknown,
	) {
		super(message)
		this.name = 'RpcFailure'
	}
}

/** Whoever asks. `notify` is missing where notifications are impossible (HTTP). */
export interface RpcPeer {
	readonly notify?: (json: string) => void
}

export interface RpcService {
	/** @returns the result as JSON text; a Buffer is written as it is. @throws RpcFailure */
	call(method: string, params: readonly unknown[], peer: RpcPeer): string | Buffer
	closed?(peer: RpcPeer): void
	/** WebSockets are refused. */
	readonly isHttpOnly?: boolean
	/** @returns the text of a 401 answer, or undefined if the request may pass. */
	authorize?(request: IncomingMessage): string | undefined
}

export interface RpcServer {
	readonly port: number
	/** While true, new connections are cut at once and old ones are cut when it is set. */
	refusing: boolean
	dropConnections(): void
	close(): Promise<void>
}

/**
 * A JSON-RPC server for HTTP POST and WebSocket on one port.
 * @param options.latencyMs is added to everything that is sent
 */
export async function startRpcServer(
	options: { readonly host: string; readonly port: number; readonly latencyMs: number },
	service: RpcService,
): Promise<RpcServer> {
	const sockets = new Set<Socket>()
	let refusing = false
	const http: Server = createServer((request, response) =>
		answerHttp(options.latencyMs, service, request, response),
	)
	http.on('connection', (socket) => {
		if (refusing) {
			socket.destroy()
			return
		}
		socket.setNoDelay(true)
		sockets.add(socket)
		socket.on('close', () => sockets.delete(socket))
	})
	const webSockets = new WebSocketServer({
		noServer: true,
		perMessageDeflate: false,
		maxPayload: MAX_REQUEST_BYTES,
	})
	http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		const refusal = service.authorize?.(request)
		if (refusal !== undefined) {
			refuseUpgrade(socket, '401 Unauthorized', refusal)
			return
		}
		if (service.isHttpOnly) {
			refuseUpgrade(socket, '400 Bad Request', 'WebSockets are not served here')
			return
		}
		webSockets.handleUpgrade(request, socket, head, (client) =>
			serveSocket(options.latencyMs, service, client, socket),
		)
	})
	await new Promise<void>((resolve, reject) => {
		http.once('error', reject)
		http.listen(options.port, options.host, resolve)
	})
	const pings = setInterval(() => ping(webSockets), PING_INTERVAL_MS)
	const dropConnections = () => {
		for (const socket of sockets) socket.destroy()
	}
	return {
		port: (http.address() as AddressInfo).port,
		get refusing() {
			return refusing
		},
		set refusing(value) {
			refusing = value
			if (value) dropConnections()
		},
		dropConnections,
		close: async () => {
			clearInterval(pings)
			dropConnections()
			await new Promise<void>((resolve) => http.close(() => resolve()))
		},
	}
}

function refuseUpgrade(socket: Duplex, status: string, text: string): void {
	socket.end(
		`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length + 1}\r\nConnection: close\r\n\r\n${text}\n`,
	)
}

const answered = new WeakSet<WebSocket>()

function ping(server: WebSocketServer): void {
	for (const client of server.clients) {
		if (!answered.delete(client)) client.terminate()
		else client.ping()
	}
}

function serveSocket(latencyMs: number, service: RpcService, client: WebSocket, socket: Duplex): void {
	answered.add(client)
	client.on('pong', () => answered.add(client))
	// The client closes or is cut; 'close' follows and is all that matters.
	client.on('error', () => undefined)
	const later = (send: () => void) => {
		if (latencyMs === 0) send()
		else setTimeout(send, latencyMs)
	}
	const send = (parts: readonly (string | Buffer)[]) => {
		if (client.readyState !== client.OPEN) return
		// Receipts are written beside their envelope in one frame, without joining them first.
		let size = 0
		for (const part of parts) size += Buffer.byteLength(part)
		socket.cork()
		socket.write(textFrameHeader(size))
		for (const part of parts) socket.write(part)
		socket.uncork()
	}
	const peer: RpcPeer = { notify: (json) => later(() => send([json])) }
	client.on('message', (data: RawData) => {
		const answer = answerText(service, data.toString(), peer)
		if (answer !== undefined) later(() => send(answer))
	})
	client.on('close', () => service.closed?.(peer))
}

function answerHttp(
	latencyMs: number,
	service: RpcService,
	request: IncomingMessage,
	response: ServerResponse,
): void {
	const refusal = service.authorize?.(request)
	if (refusal !== undefined) {
		response.writeHead(401, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`)
		return
	}
	const chunks: Buffer[] = []
	let size = 0
	request.on('data', (chunk: Buffer) => {
		size += chunk.length
		if (size > MAX_REQUEST_BYTES) request.destroy()
		else chunks.push(chunk)
	})
	// A client that goes away in mid-request gets no answer.
	request.on('error', () => undefined)
	request.on('end', () => {
		const answer = answerText(service, Buffer.concat(chunks).toString(), {})
		const send = () => {
			response.writeHead(200, { 'Content-Type': 'application/json' })
			response.end(joined(answer ?? []))
		}
		if (latencyMs === 0) send()
		else setTimeout(send, latencyMs)
	})
}

/** In one piece: written part by part, a batch would be as many chunks, which is not how servers answer. */
function joined(parts: readonly (string | Buffer)[]): Buffer {
	return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** @returns the parts of the answer, or undefined if there is nothing to answer. */
function answerText(service: RpcService, text: string, peer: RpcPeer): (string | Buffer)[] | undefined {
	let request: unknown
	try {
		request = JSON.parse(text)
	} catch {
		// The sender learns it from the answer.
		return ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}']
	}
	if (!Array.isArray(request)) return answerOne(service, request, peer)
	const answers = request
		.map((entry) => answerOne(service, entry, peer))
		.filter((answer) => answer !== undefined)
	return ['[', ...answers.flatMap((answer, index) => (index === 0 ? answer : [',', ...answer])), ']']
}

function answerOne(service: RpcService, request: unknown, peer: RpcPeer): (string | Buffer)[] | undefined {
	const { id, method, params } = (request ?? {}) as { id?: unknown; method?: unknown; params?: unknown }
	const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id ?? null)},`
	if (typeof method !== 'string') return [`${head}"error":{"code":-32600,"message":"invalid request"}}`]
	try {
		const result = service.call(method, Array.isArray(params) ? params : [], peer)
		if (id === undefined) return undefined
		return typeof result === 'string' ? [`${head}"result":${result}}`] : [`${head}"result":`, result, '}']
	} catch (error) {
		if (id === undefined) return undefined
		const { code, message, data } =
			error instanceof RpcFailure
				? error
				: new RpcFailure(-32603, error instanceof Error ? error.message : String(error))
		return [`${head}"error":${JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) })}}`]
	}
}
