import { SignJWT } from 'jose'

/** HS256 with a key of 32 bytes, as in the Engine API. */
export const JWT_SECRET_BYTES = 32

/**
 * Tokens for dials and HTTP requests. Nodes take an `iat` within 60 s of their own clock, in whole seconds, so a
 * token is made anew each second: within one it would be the same bytes (protocol notes, "Transport and
 * authentication").
 */
export class NodeTokens {
	// Not a parameter property: whoever inspects the client must not see it.
	readonly #secret: Uint8Array
	#second = Number.NaN
	#token: Promise<string> = Promise.resolve('')

	/** @param secret 32 bytes */
	constructor(secret: Uint8Array) {
		this.#secret = secret
	}

	/** A token of this second. */
	current(): Promise<string> {
		const second = Math.floor(Date.now() / 1_000)
		if (second !== this.#second) {
			this.#second = second
			this.#token = new SignJWT()
				.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
				.setIssuedAt(second)
				.sign(this.#secret)
		}
		return this.#token
	}
}
