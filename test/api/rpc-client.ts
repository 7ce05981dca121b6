import { connect } from 'node:net'

export interface HttpAnswer {
	readonly status: number
	readonly body: string
}

/** Sends `body` to the server on that port as a JSON-RPC client does. */
export async function post(
	port: number,
	body: string | Uint8Array,
	contentType = 'application/json',
): Promise<HttpAnswer> {
	const response = await fetch(`http://127.0.0.1:${port}/`, {
		method: 'POST',
		headers: contentType === '' ? {} : { 'content-type': contentType },
		body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(body),
	})
	return { status: response.status, body: await response.text() }
}

/** One call; resolves with the parsed answer. */
export async function call(port: number, method: string, params: unknown): Promise<Record<string, unknown>> {
	const { body } = await post(port, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
	return JSON.parse(body) as Record<string, unknown>
}

/** Sends bytes as they are and resolves with all that comes back until the server ends the connection. */
export function sendRaw(port: number, bytes: string): Promise<string> {
	return new Promise((resolve, reject) => {
		let received = ''
		const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
		socket.setEncoding('utf8')
		socket.on('data', (chunk: string) => {
			received += chunk
		})
		socket.on('end', () => resolve(received))
		socket.on('error', reject)
	})
}
