/** Bounds a single request; the peers answer within milliseconds. */
const REQUEST_DEADLINE_MS = 10_000

/** An error answer of a peer. */
export class RpcAnswerError extends Error {
	override readonly name = 'RpcAnswerError'
	constructor(
		readonly method: string,
		readonly answer: unknown,
	) {
		super(`${method} was answered with ${JSON.stringify(answer)}`)
	}
}

/**
 * One JSON-RPC call over HTTP.
 * @throws RpcAnswerError for an error answer, or what `fetch` throws
 */
export async function callRpc(url: string, method: string, ...params: unknown[]): Promise<unknown> {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
		signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
	})
	const answer = (await response.json()) as { result?: unknown; error?: unknown }
	if (answer.error !== undefined && answer.error !== null) throw new RpcAnswerError(method, answer.error)
	return answer.result
}
