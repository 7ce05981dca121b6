import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ClientFrames } from './client-frames.js'

export interface CallTarget {
	/** How the record is headed. */
	readonly name: string
	readonly host: string
	readonly port: number
}

/** Stands in front of a JSON-RPC server, passes every byte on as it is, and counts the calls in it. */
export interface CallRecorder {
	readonly name: string
	/** `host:port` to connect to. */
	readonly host: string
	/** How often each method was called; batches call by call. */
	readonly counts: ReadonlyMap<string, number>
	close(): Promise<void>
}

export async function recordCalls(target: CallTarget): Promise<CallRecorder> {
	const counts = new Map<string, number>()
	const sockets = new Set<Duplex>()
	const count = (text: string) => {
		for (const method of methodsIn(text)) counts.set(method, (counts.get(method) ?? 0) + 1)
	}
	const server = createServer((request, response) => passOn(target, request, response, count))
	server.on('upgrade', (request, socket, head) => {
		sockets.add(socket)
		socket.on('close', () => sockets.delete(socket))
		passUpgradeOn(target, { request, socket, head }, count)
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	const address = server.address()
	if (address === null || typeof address === 'string') throw new Error('no TCP port')
	return {
		name: target.name,
		host: `127.0.0.1:${address.port}`,
		counts,
		async close() {
			for (const socket of sockets) socket.destroy()
			server.closeAllConnections()
			server.close()
			await once(server, 'close')
		},
	}
}

function passOn(
	target: CallTarget,
	request: IncomingMessage,
	response: ServerResponse,
	count: (text: string) => void,
): void {
	const { method, url, headers } = request
	const upstream = httpRequest(
		{ host: target.host, port: target.port, method, path: url, headers },
		(answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
			answer.pipe(response)
		},
	)
	upstream.on('error', () => response.destroy())
	response.on('close', () => upstream.destroy())
	const chunks: Buffer[] = []
	request.on('data', (chunk: Buffer) => {
		chunks.push(chunk)
		upstream.write(chunk)
	})
	request.on('end', () => {
		count(Buffer.concat(chunks).toString('utf8'))
		upstream.end()
	})
	request.on('error', () => upstream.destroy())
}

function passUpgradeOn(
	target: CallTarget,
	{ request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
	count: (text: string) => void,
): void {
	const upstream = connect(target.port, target.host)
	const frames = new ClientFrames(count)
	const listen = (chunk: Buffer) => frames.push(chunk)
	upstream.on('connect', () => {
		upstream.write(headOf(request))
		upstream.write(head)
		listen(head)
		socket.on('data', listen)
		socket.pipe(upstream)
		upstream.pipe(socket)
	})
	endTogether(upstream, socket)
}

/** When one side of a connection is gone, so is the other. */
function endTogether(upstream: Socket, socket: Duplex): void {
	const end = () => {
		upstream.destroy()
		socket.destroy()
	}
	for (const side of [upstream, socket]) side.on('error', end).on('close', end)
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
	let head = `${method} ${url} HTTP/${httpVersion}\r\n`
	for (let at = 0; at < rawHeaders.length; at += 2) head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
	return `${head}\r\n`
}

/** The methods of a JSON-RPC request or batch. */
function methodsIn(text: string): string[] {
	const body: unknown = JSON.parse(text)
	const calls: unknown[] = Array.isArray(body) ? body : [body]
	return calls.map((call) => String((call as { method?: unknown }).method))
}
