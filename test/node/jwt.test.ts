import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JwtSecretError } from '../../src/node/errors.js'
import { readJwtSecret, signNodeToken } from '../../src/node/jwt.js'
import { NodeClient } from '../../src/node/node-client.js'
import { log } from './cleanup.js'

const HEX = `${'0123456789abcdef'.repeat(3)}0123456789ABCDEF`

let folder: string
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'vigil-jwt-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function secretFile(text: string): Promise<string> {
	const path = join(folder, 'secret')
	await writeFile(path, text)
	return path
}

test.each([
	['plain', HEX],
	['with 0x', `0x${HEX}`],
	['with a trailing newline', `${HEX}\n`],
	['with 0x and a Windows newline', `0x${HEX}\r\n`],
])('a secret is read from a hex file, %s', async (_name, text) => {
	expect(Buffer.from(await readJwtSecret(await secretFile(text))).toString('hex')).toBe(HEX.toLowerCase())
})

test.each([
	['too short', HEX.slice(2)],
	['too long', `${HEX}00`],
	['not hex', `${HEX.slice(1)}g`],
	['two lines', `${HEX}\n${HEX}`],
	['empty', ''],
])('a file that is %s is refused by name, without telling what it holds', async (_name, text) => {
	const path = await secretFile(text)
	const error = await readJwtSecret(path).then(
		() => undefined,
		(reason: unknown) => reason,
	)
	expect(error).toBeInstanceOf(JwtSecretError)
	expect(String(error)).toContain(path)
	expect(String(error)).toContain('--l2-consensus.jwt-secret')
	expect(String(error)).not.toContain(HEX.slice(4, 20))
})

test('a file that is missing is refused by name', async () => {
	const path = join(folder, 'nothing')
	await expect(readJwtSecret(path)).rejects.toThrow(`JWT secret file ${path} cannot be read (ENOENT)`)
})

test('a token is HS256 with the time at which it was made', async () => {
	const secret = await readJwtSecret(await secretFile(HEX))
	const before = Math.floor(Date.now() / 1000)
	const { payload, protectedHeader } = await jwtVerify(await signNodeToken(secret), secret)
	expect(protectedHeader.alg).toBe('HS256')
	expect(payload.iat).toBeGreaterThanOrEqual(before)
	expect(payload.iat).toBeLessThanOrEqual(Math.floor(Date.now() / 1000))
})

test('a client with a secret of another size, or a bad address, is not made', () => {
	const jwtSecret = new Uint8Array(32)
	expect(() => new NodeClient({ url: 'ws://x', jwtSecret: new Uint8Array(31) }, { log })).toThrow(
		JwtSecretError,
	)
	expect(() => new NodeClient({ url: 'http://x', jwtSecret }, { log })).toThrow('must begin with ws://')
	expect(() => new NodeClient({ url: 'ws://x/#y', jwtSecret }, { log })).toThrow('fragment')
	expect(() => new NodeClient({ url: '://me:secret@x', jwtSecret }, { log })).toThrow(
		/^(?!.*secret@).*no URL/,
	)
	const client = new NodeClient({ url: 'ws://me:secret@x:1/path?token=secret', jwtSecret }, { log })
	expect(client.url).toBe('ws://x:1/path')
})
