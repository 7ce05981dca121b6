import type { RpcLimits } from './rpc-limits.js'

type PlainLimits = Pick<RpcLimits, 'bodyBytes' | 'headerBytes' | 'headerCount'>

/** A request of the plain form. */
export interface PlainRequest {
	readonly host: string
	/** Part of `bytes`. */
	readonly body: Buffer
	/** All of it. */
	readonly bytes: Buffer
}

const REQUEST_LINE = 'POST / HTTP/1.1\r\n'
const HEAD_END = '\r\n\r\n'

/** Clients of JSON-RPC send some 150 to 400 bytes of head. */
const MAX_HEAD_BYTES = 2_048

/**
 * A request whose body comes in two pieces, as packets have 1,460 bytes, is waited for up to this size: a list of a
 * hundred accesses. On all connections that there may be that is 64 MB.
 */
const MAX_KEPT_BYTES = 16 * 1024

/** A token, and a value of printable ASCII with nothing to trim (RFC 9112, section 5). */
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/
const LENGTH = /^\d{1,7}$/
const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i

/** What asks for another framing, another kind of connection, or another right than everybody has. */
const NOT_PLAIN = new Set([
	'authorization',
	'content-encoding',
	'expect',
	'origin',
	'proxy-connection',
	'te',
	'trailer',
	'transfer-encoding',
	'upgrade',
])

/** What the head of a plain request says. */
interface PlainHead {
	readonly host: string
	/** Of the body, in bytes. */
	readonly length: number
}

/**
 * Reads, of one connection, what clients of JSON-RPC send nearly always: exactly one whole `POST /` of HTTP/1.1 with one
 * `Host`, JSON of one `Content-Length`, on a connection that stays. Anything else, right or wrong, is for Node's server,
 * which reads whatever is taken here in the same way (RFC 9112).
 */
export class PlainRequests {
	readonly #limits: PlainLimits
	/** The last head: a client sends the same one over and over. */
	#text = ''
	#head: PlainHead | undefined
	/** A request whose end is missing. */
	#kept: Buffer | undefined

	constructor(limits: PlainLimits) {
		this.#limits = limits
	}

	/** A part of a request has come, and not the rest. */
	get isWaiting(): boolean {
		return this.#kept !== undefined
	}

	/**
	 * Takes what came at once. The request, `more` if the rest of its body is to come, or, if this is no plain request, all
	 * bytes since the last one.
	 */
	read(bytes: Buffer): PlainRequest | 'more' | Buffer {
		const kept = this.#kept
		this.#kept = undefined
		const all = kept === undefined ? bytes : Buffer.concat([kept, bytes])
		const end = all.indexOf(HEAD_END)
		if (end === -1 || end > Math.min(MAX_HEAD_BYTES, this.#limits.headerBytes)) return all
		const head = this.#headOf(all.toString('latin1', 0, end))
		if (head === undefined || head.length === 0 || head.length > this.#limits.bodyBytes) return all
		const body = all.subarray(end + HEAD_END.length)
		if (body.length === head.length) return { host: head.host, body, bytes: all }
		// Whoever sends in more pieces than two is Node's, which knows how long that may take.
		if (body.length > head.length || kept !== undefined || head.length > MAX_KEPT_BYTES) return all
		this.#kept = all
		return 'more'
	}

	#headOf(text: string): PlainHead | undefined {
		if (text !== this.#text) {
			this.#head = readHead(text, this.#limits)
			this.#text = text
		}
		return this.#head
	}
}

function readHead(text: string, { headerCount }: PlainLimits): PlainHead | undefined {
	if (!text.startsWith(REQUEST_LINE)) return undefined
	const lines = text.slice(REQUEST_LINE.length).split('\r\n')
	if (lines.length > headerCount) return undefined
	const once = new Map<string, string>()
	for (const line of lines) {
		const [, name, value] = HEADER.exec(line) ?? []
		if (name === undefined || value === undefined) return undefined
		const header = name.toLowerCase()
		if (NOT_PLAIN.has(header) || once.has(header)) return undefined
		once.set(header, value)
	}
	const [host, type, length] = ['host', 'content-type', 'content-length'].map((name) => once.get(name))
	if (host === undefined || type === undefined || length === undefined) return undefined
	if (!JSON_TYPE.test(type) || !LENGTH.test(length)) return undefined
	const connection = once.get('connection')
	if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined
	return { host, length: Number(length) }
}
