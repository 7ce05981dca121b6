/** 64 MiB is the longest line of a recording, so larger receipts could not be kept anyway. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

/** What a JSON-RPC endpoint said to one request. */
export type RpcAnswer =
	| { readonly kind: 'result'; readonly result: unknown }
	/** Too many requests: to be asked again, not before `afterMs` if that is known. */
	| { readonly kind: 'limited'; readonly reason: string; readonly afterMs?: number }
	/** May go better the next time. */
	| { readonly kind: 'failed'; readonly reason: string; readonly afterMs?: number }
	/** An error about this very request: may be a matter of a moment, but not for long. */
	| { readonly kind: 'error'; readonly reason: string }
	/** Will be the same the next time. */
	| { readonly kind: 'refused'; readonly reason: string }

/** Statuses that say that this client, or this request, is not welcome. */
const REFUSED = new Set([400, 401, 402, 403, 404, 405, 410, 413, 415, 501])
/** "Limit exceeded" of EIP-1474, and what some endpoints put there instead. */
const LIMIT_CODES = new Set([-32005, -32016, -32029, 429])
const LIMIT_TEXT =
	/rate.?limit|too many requests|(capacity|throughput|quota|credits?|limit) exceeded|exceeded/i
const METHOD_NOT_FOUND = -32601

/** Reads the answer to one request. Never rejects: what goes wrong on the way is an answer as well. */
export async function readAnswer(response: Promise<Response>): Promise<RpcAnswer> {
	try {
		return classify(await response)
	} catch (error) {
		return { kind: 'failed', reason: reasonOf(error) }
	}
}

async function classify(answer: Response): Promise<RpcAnswer> {
	const text = await readText(answer)
	const { status } = answer
	const after = retryAfterMs(answer.headers.get('retry-after'))
	const afterMs = after === undefined ? {} : { afterMs: after }
	const body = parse(text)
	const error = memberOf(body, 'error')
	if (error !== undefined && error !== null) return classifyError(error, status, afterMs)
	if (status === 429) return { kind: 'limited', reason: `HTTP ${status}`, ...afterMs }
	if (REFUSED.has(status)) return { kind: 'refused', reason: `HTTP ${status}` }
	if (status < 200 || status >= 300) return { kind: 'failed', reason: `HTTP ${status}`, ...afterMs }
	const result = memberOf(body, 'result')
	if (result === undefined) return { kind: 'failed', reason: 'the answer is no JSON-RPC' }
	return { kind: 'result', result }
}

function classifyError(error: unknown, status: number, afterMs: { readonly afterMs?: number }): RpcAnswer {
	const code = memberOf(error, 'code')
	const message = memberOf(error, 'message')
	const reason = `${typeof message === 'string' ? message.slice(0, 200) : 'error'} (code ${String(code)})`
	const isLimit =
		status === 429 ||
		LIMIT_CODES.has(Number(code)) ||
		(code !== METHOD_NOT_FOUND && typeof message === 'string' && LIMIT_TEXT.test(message))
	if (isLimit) return { kind: 'limited', reason, ...afterMs }
	if (code === METHOD_NOT_FOUND || status === 401 || status === 403) return { kind: 'refused', reason }
	return { kind: 'error', reason }
}

/** `Retry-After` is a number of seconds or a date. */
function retryAfterMs(header: string | null): number | undefined {
	if (header === null) return undefined
	const seconds = Number(header)
	const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
	return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

async function readText(answer: Response): Promise<string> {
	if (answer.body === null) return ''
	const chunks: Uint8Array[] = []
	let size = 0
	for await (const chunk of answer.body) {
		size += chunk.byteLength
		// Leaving the loop cancels the body.
		if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
		chunks.push(chunk)
	}
	return Buffer.concat(chunks, size).toString('utf8')
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text)
	} catch {
		// Pages of proxies are no JSON; the status says what they are.
		return undefined
	}
}

function memberOf(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** `fetch` hides what happened in the cause. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error)
	const { cause } = error
	return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}
