/** A frame of a node, read only as far as it takes to know for whom it is. */
export type NodeFrame =
	/** An answer too large to parse for routing; `text` has not been looked at behind the first bytes. */
	| { readonly kind: 'unparsed-result'; readonly id: number }
	| Answer
	| { readonly kind: 'batch'; readonly answers: readonly Answer[] }
	| { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
	/** `id` is there if the frame names a call all the same. */
	| { readonly kind: 'malformed'; readonly detail: string; readonly id?: number }

export type Answer =
	| { readonly kind: 'result'; readonly id: unknown; readonly result: unknown }
	| { readonly kind: 'error'; readonly id: unknown; readonly error: unknown }

/** Frames up to this size are parsed whole: it takes a few microseconds, and leaves no form unrecognised. */
const PARSED_WHOLE_BYTES = 1024

/** The order in which go-ethereum writes an answer. */
const ANSWER_HEAD = Buffer.from('{"jsonrpc":"2.0","id":')
const RESULT_HEAD = Buffer.from(',"result":')

/** Ids count from 1 and stay safe integers. */
const MAX_ID_DIGITS = 15

const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const CLOSING_BRACE = 0x7d

/**
 * Tells what a text frame is. Never throws. Large answers in go-ethereum's order are recognised by their first
 * bytes and not parsed (receipts are scanned later, as bytes); everything else goes through JSON.parse.
 */
export function readFrame(frame: Buffer): NodeFrame {
	if (frame.length > PARSED_WHOLE_BYTES) {
		const id = peekResultId(frame)
		if (id !== undefined) {
			if (endsObject(frame)) return { kind: 'unparsed-result', id }
			return { kind: 'malformed', detail: 'an answer that is cut off', id }
		}
	}
	return parseFrame(frame)
}

/**
 * Parses a whole frame. Never throws.
 */
export function parseFrame(frame: Buffer): NodeFrame {
	let value: unknown
	try {
		value = JSON.parse(frame.toString('utf8'))
	} catch {
		// The parser's own message quotes the frame; its size and beginning say as much.
		const id = peekId(frame)?.id
		const detail = `a frame of ${frame.length} bytes that is no JSON: ${quoteBeginning(frame)}`
		return id === undefined ? { kind: 'malformed', detail } : { kind: 'malformed', detail, id }
	}
	if (Array.isArray(value)) return readBatch(value)
	return readMessage(value)
}

function readBatch(values: readonly unknown[]): NodeFrame {
	const answers: Answer[] = []
	for (const value of values) {
		const message = readMessage(value)
		if (message.kind !== 'result' && message.kind !== 'error') {
			return { kind: 'malformed', detail: 'a batch with something else than answers in it' }
		}
		answers.push(message)
	}
	if (answers.length === 0) return { kind: 'malformed', detail: 'an empty batch' }
	return { kind: 'batch', answers }
}

function readMessage(value: unknown): NodeFrame {
	if (typeof value !== 'object' || value === null) {
		return { kind: 'malformed', detail: 'a frame that is no JSON-RPC message' }
	}
	const message: { id?: unknown; method?: unknown; params?: unknown; result?: unknown; error?: unknown } =
		value
	if (Object.hasOwn(value, 'method')) {
		if (typeof message.method === 'string' && !Object.hasOwn(value, 'id')) {
			return { kind: 'notification', method: message.method, params: message.params }
		}
		return { kind: 'malformed', detail: 'a request or a notification without a proper method name' }
	}
	const hasError = message.error !== undefined && message.error !== null
	if (hasError) return { kind: 'error', id: message.id, error: message.error }
	if (Object.hasOwn(value, 'result')) return { kind: 'result', id: message.id, result: message.result }
	const detail = 'a message that is neither answer nor notification'
	return isCallId(message.id) ? { kind: 'malformed', detail, id: message.id } : { kind: 'malformed', detail }
}

export function isCallId(id: unknown): id is number {
	return typeof id === 'number' && Number.isSafeInteger(id) && id > 0
}

/** The id of an answer that begins as go-ethereum writes it, and where the id ends. */
function peekId(frame: Buffer): { id: number; end: number } | undefined {
	if (
		frame.length < ANSWER_HEAD.length ||
		frame.compare(ANSWER_HEAD, 0, ANSWER_HEAD.length, 0, ANSWER_HEAD.length) !== 0
	) {
		return undefined
	}
	let id = 0
	let end = ANSWER_HEAD.length
	for (; end < frame.length; end++) {
		const byte = frame[end]
		if (byte === undefined || byte < DIGIT_0 || byte > DIGIT_9) break
		if (end - ANSWER_HEAD.length === MAX_ID_DIGITS) return undefined
		id = id * 10 + (byte - DIGIT_0)
	}
	return id > 0 ? { id, end } : undefined
}

function peekResultId(frame: Buffer): number | undefined {
	const peeked = peekId(frame)
	if (peeked === undefined) return undefined
	const end = peeked.end + RESULT_HEAD.length
	if (frame.length < end || frame.compare(RESULT_HEAD, 0, RESULT_HEAD.length, peeked.end, end) !== 0) {
		return undefined
	}
	// `null` in front of a kilobyte is not a result: an error may follow, let the parser see.
	return frame[end] === 0x6e ? undefined : peeked.id
}

/** Whether the last byte that is not white space closes an object: go-ethereum ends each message with a newline. */
function endsObject(frame: Buffer): boolean {
	for (let at = frame.length - 1; at >= 0; at--) {
		const byte = frame[at]
		if (byte === CLOSING_BRACE) return true
		if (byte !== 0x0a && byte !== 0x0d && byte !== 0x20 && byte !== 0x09) return false
	}
	return false
}

function quoteBeginning(frame: Buffer): string {
	return JSON.stringify(frame.toString('latin1', 0, 60))
}
