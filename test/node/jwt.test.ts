import { randomBytes } from 'node:crypto'
import { jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { JwtSecretError } from '../../src/node/errors.js'
import { NodeTokens } from '../../src/node/jwt.js'
import { NodeClient } from '../../src/node/node-client.js'
import { log } from './cleanup.js'

test('a token is HS256 with the time at which it was made', async () => {
	const secret = randomBytes(32)
	const before = Math.floor(Date.now() / 1000)
	const { payload, protectedHeader } = await jwtVerify(await new NodeTokens(secret).current(), secret)
	expect(protectedHeader.alg).toBe('HS256')
	expect(payload.iat).toBeGreaterThanOrEqual(before)
	expect(payload.iat).toBeLessThanOrEqual(Math.floor(Date.now() / 1000))
})

test('a client with a secret of another size, or a bad address, is not made', () => {
	const jwtSecret = new Uint8Array(32)
	expect(() => new NodeClient({ url: 'ws://x', jwtSecret: new Uint8Array(31) }, { log })).toThrow(
		JwtSecretError,
	)
	expect(() => new NodeClient({ url: 'ftp://x', jwtSecret }, { log })).toThrow('must begin with ws://')
	expect(() => new NodeClient({ url: 'ws://x/#y', jwtSecret }, { log })).toThrow('fragment')
	expect(() => new NodeClient({ url: '://me:secret@x', jwtSecret }, { log })).toThrow(
		/^(?!.*secret@).*no URL/,
	)
	const client = new NodeClient({ url: 'ws://me:secret@x:1/path?token=secret', jwtSecret }, { log })
	expect(client.url).toBe('ws://x:1/path')
})
