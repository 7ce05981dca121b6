import { NodeDisconnectedError, type NodeError, NodeUnauthorizedError } from './errors.js'

/** A refusal's text is a few words; what is longer is not read. */
export const REFUSAL_TEXT_BYTES = 256

/** What an HTTP status other than success means, with the beginning of the body, which says why. */
export function refusalError(answer: {
	readonly url: string
	readonly status: number
	readonly text: Buffer
}): NodeError {
	const { url, status } = answer
	const text = answer.text
		.toString('utf8', 0, REFUSAL_TEXT_BYTES)
		.replace(/[^\x20-\x7e]+/g, ' ')
		.trim()
	if (status === 401 || status === 403) return new NodeUnauthorizedError(url, status, text)
	return new NodeDisconnectedError(url, `it answered with HTTP ${status} ${text}`.trimEnd())
}
