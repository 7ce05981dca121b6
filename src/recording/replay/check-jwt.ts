import { createHmac, timingSafeEqual } from 'node:crypto'

/** Engine API authentication: a token is good for a minute around its time of issue. */
const MAX_AGE_S = 60

/**
 * Checks the `Authorization` header as op-node's server does.
 * @returns the text of its 401 answer, or undefined if the token is good.
 */
export function checkJwt(
	authorization: string | undefined,
	secret: Buffer,
	now = Date.now() / 1000,
): string | undefined {
	if (authorization === undefined || !authorization.startsWith('Bearer ')) return 'missing token'
	const [header, payload, signature, ...rest] = authorization.slice('Bearer '.length).split('.')
	if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
		return 'token contains an invalid number of segments'
	}
	const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest()
	const given = Buffer.from(signature, 'base64url')
	if (decode(header)?.alg !== 'HS256') return 'signing method is invalid'
	if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'signature is invalid'
	const iat = decode(payload)?.iat
	if (typeof iat !== 'number') return 'missing issued-at'
	if (now - iat > MAX_AGE_S) return 'stale token'
	if (iat - now > MAX_AGE_S) return 'future token'
	return undefined
}

function decode(part: string): { readonly alg?: unknown; readonly iat?: unknown } | undefined {
	try {
		const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
		return typeof value === 'object' && value !== null ? value : undefined
	} catch {
		// No JSON: the caller refuses the token.
		return undefined
	}
}
