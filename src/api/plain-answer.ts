import type { AnswerText } from './json-rpc.js'

/** The HTTP answer to a plain request, byte by byte as fastify and Node make it; a string is ASCII. */
export function plainAnswer(answer: AnswerText, idleTimeoutMs: number): string | Uint8Array {
	const text = answer ?? ''
	const isString = typeof text === 'string'
	const length = isString ? Buffer.byteLength(text) : text.length
	const head =
		`HTTP/1.1 200 OK\r\ncontent-type: application/json${isString ? '; charset=utf-8' : ''}\r\n` +
		`content-length: ${length}\r\nDate: ${httpDate()}\r\n` +
		`Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleTimeoutMs / 1000)}\r\n\r\n`
	if (isString && length === text.length) return head + text
	return Buffer.concat([Buffer.from(head, 'latin1'), isString ? Buffer.from(text) : text])
}

let dateSecond = 0
let date = ''

/** Made once a second. */
function httpDate(): string {
	const now = Date.now()
	const second = Math.floor(now / 1000)
	if (second !== dateSecond) {
		dateSecond = second
		date = new Date(now).toUTCString()
	}
	return date
}
