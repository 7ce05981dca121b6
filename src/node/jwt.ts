import { readFile } from 'node:fs/promises'
import { SignJWT } from 'jose'
import { JwtSecretError } from './errors.js'

/** HS256 with a key of 32 bytes, as in the Engine API. */
export const JWT_SECRET_BYTES = 32

const SECRET_PATTERN = /^(?:0x)?([0-9a-fA-F]{64})$/

/**
 * Reads a JWT secret: 64 hex digits, with or without `0x`, with or without white space around them.
 * @throws JwtSecretError if the file cannot be read or holds something else; what it holds is never told.
 */
export async function readJwtSecret(path: string): Promise<Uint8Array> {
	let text: string
	try {
		text = await readFile(path, 'utf8')
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
		throw new JwtSecretError(path, `cannot be read (${code})`)
	}
	const digits = SECRET_PATTERN.exec(text.trim())?.[1]
	if (digits === undefined) {
		throw new JwtSecretError(path, 'does not hold 32 bytes as 64 hex digits')
	}
	return new Uint8Array(Buffer.from(digits, 'hex'))
}

/**
 * A token for one dial or HTTP request. Nodes take an `iat` within 60 s of their own clock, so tokens are never
 * kept (protocol notes, "Transport and authentication").
 */
export async function signNodeToken(secret: Uint8Array): Promise<string> {
	return new SignJWT().setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setIssuedAt().sign(secret)
}
