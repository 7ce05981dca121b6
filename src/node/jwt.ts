import { SignJWT } from 'jose'

/** HS256 with a key of 32 bytes, as in the Engine API. */
export const JWT_SECRET_BYTES = 32

/**
 * A token for one dial or HTTP request. Nodes take an `iat` within 60 s of their own clock, so tokens are never
 * kept (protocol notes, "Transport and authentication").
 */
export async function signNodeToken(secret: Uint8Array): Promise<string> {
	return new SignJWT().setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setIssuedAt().sign(secret)
}
