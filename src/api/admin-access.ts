import { errors, jwtVerify } from 'jose'

/** How far the time of a token may be from ours, as in the Engine API. */
const MAX_AGE_SECONDS = 60

/** Why a token was not taken; the text goes to the caller. */
export class TokenRefusedError extends Error {
	constructor(reason: string) {
		super(reason)
		this.name = 'TokenRefusedError'
	}
}

/** Who may call admin methods. */
export interface AdminOptions {
	/** 32 bytes. Without it everybody may. */
	readonly jwtSecret?: Uint8Array
}

/**
 * May a request with this `Authorization` header call admin methods? Undefined options: nobody may. With a secret a
 * token is needed, as nodes of the stack need it from their supervisor: `Bearer` and a JWT, HS256, with an `iat` of
 * the last minute. A request without any token is not refused, it just may not.
 * @throws TokenRefusedError for a token that does not hold
 */
export function isAdmin(
	options: AdminOptions | undefined,
	authorization: string | undefined,
): boolean | Promise<boolean> {
	const secret = options?.jwtSecret
	if (secret === undefined) return options !== undefined
	return authorization === undefined ? false : verify(authorization, secret)
}

async function verify(authorization: string, secret: Uint8Array): Promise<boolean> {
	const [scheme, token, ...rest] = authorization.split(' ')
	if (scheme?.toLowerCase() !== 'bearer' || token === undefined || rest.length > 0)
		throw new TokenRefusedError('missing token')
	let issuedAt: number | undefined
	try {
		// The signature is compared in constant time, by the platform's HMAC.
		const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] })
		issuedAt = payload.iat
	} catch (error) {
		throw new TokenRefusedError(error instanceof errors.JWTExpired ? 'token is expired' : 'invalid token')
	}
	const now = Date.now() / 1000
	if (issuedAt === undefined) throw new TokenRefusedError('missing issued-at')
	if (issuedAt < now - MAX_AGE_SECONDS) throw new TokenRefusedError('stale token')
	if (issuedAt > now + MAX_AGE_SECONDS) throw new TokenRefusedError('future token')
	return true
}
