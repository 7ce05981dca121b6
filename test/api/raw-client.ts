import { connect, type Socket } from 'node:net'
import { withDeadline } from '../supervisor/deadline.js'

export interface RawOptions {
	/** Where the client seems to come from: loopback has many addresses. */
	readonly from?: string
	/** Ends the sending side after the bytes. */
	readonly end?: boolean
}

/** Sends bytes as they are. Resolves with all that came when the server has closed the connection. */
export function exchange(
	port: number,
	bytes: string | Uint8Array,
	options: RawOptions = {},
): Promise<string> {
	const { from = '127.0.0.1', end = true } = options
	const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => {
		if (end) socket.end(bytes)
		else socket.write(bytes)
	})
	return received(socket)
}

/** All that comes until the connection is closed, in whatever way. */
export function received(socket: Socket): Promise<string> {
	let text = ''
	socket.setEncoding('latin1')
	const closed = new Promise<string>((resolve) => {
		socket.on('data', (chunk: string) => {
			text += chunk
		})
		// Cut off is closed too.
		socket.on('error', () => {})
		socket.on('close', () => resolve(text))
	})
	return withDeadline(() => `the end of a connection; came: ${text.slice(0, 200)}`, closed)
}

/** A whole POST request, the last one of its connection. */
export function postRequest(body: string | Uint8Array, headers = ''): Buffer {
	return plainRequest(body, `Connection: close\r\n${headers}`)
}

/** A whole POST request as clients send it that keep the connection. */
export function plainRequest(body: string | Uint8Array, headers = ''): Buffer {
	const bytes = Buffer.from(body)
	const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`
	return Buffer.concat([Buffer.from(head), bytes])
}

export function statusOf(text: string): number {
	return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0)
}
