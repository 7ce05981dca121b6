import type { IncomingMessage } from 'node:http'

/** A body that is not read to its end; `statusCode` is HTTP's. */
export class BodyRefusedError extends Error {
	constructor(
		readonly statusCode: 400 | 413 | 503,
		message: string,
	) {
		super(message)
		this.name = 'BodyRefusedError'
	}
}

/** What all bodies that are being received take together. */
export class BodyBudget {
	#bytes = 0

	constructor(private readonly limit: number) {}

	/** False if there is no room. */
	take(bytes: number): boolean {
		if (this.#bytes + bytes > this.limit) return false
		this.#bytes += bytes
		return true
	}

	release(bytes: number): void {
		this.#bytes -= bytes
	}
}

/** Reads a request's body of at most `limit` bytes. `done` is called once, with BodyRefusedError or the bytes. */
export function readBody(
	request: IncomingMessage,
	limit: number,
	budget: BodyBudget,
	done: (error: BodyRefusedError | null, body?: Buffer) => void,
): void {
	const chunks: Buffer[] = []
	let taken = 0
	const end = (error: BodyRefusedError | null, body?: Buffer) => {
		budget.release(taken)
		request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
		// What still comes is not kept; the connection is closed with the answer.
		if (error !== null) request.on('error', () => {}).resume()
		done(error, body)
	}
	const onData = (chunk: Buffer) => {
		if (taken + chunk.length > limit) return end(new BodyRefusedError(413, 'request body too large'))
		if (!budget.take(chunk.length)) return end(new BodyRefusedError(503, 'too many large requests'))
		taken += chunk.length
		chunks.push(chunk)
	}
	const onEnd = () => end(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, taken))
	const onError = () => end(new BodyRefusedError(400, 'the request ended early'))
	const onClose = () => end(new BodyRefusedError(400, 'the request ended early'))
	if (Number(request.headers['content-length'] ?? 0) > limit)
		end(new BodyRefusedError(413, 'request body too large'))
	else request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
}
