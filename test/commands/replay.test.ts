import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadClusterConfig } from '../../src/config/cluster-config.js'
import { addTableOptions, flagTexts } from '../../src/config/command-options.js'
import { readJwtSecret } from '../../src/config/jwt-secret.js'
import { resolveOptions } from '../../src/config/resolve-options.js'
import { startVigil } from './vigil.js'

const RECORDING = fileURLToPath(new URL('../../src/recording/embedded/steady.vigil.gz', import.meta.url))

let folder: string
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'vigil-replay-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Starts `vigil replay` and reads the `vigil start` line that it prints as `vigil start` would. */
async function replay(args: readonly string[]) {
	const child = startVigil(['replay', RECORDING, '--asap', ...args])
	const closed = once(child, 'close')
	let stdout = ''
	for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
		stdout += chunk
		if (stdout.includes('--datadir=')) break
	}
	child.stdout.resume()
	child.stderr.resume()
	const line = stdout.slice(stdout.indexOf('vigil start')).replaceAll('\\\n', '').replaceAll("'", '')
	const command = addTableOptions(new Command('start')).exitOverride()
	command.parse(line.trim().split(/\s+/).slice(2), { from: 'user' })
	const stop = async () => {
		child.kill('SIGTERM')
		const [code] = await closed
		return code as number
	}
	return { options: resolveOptions(flagTexts(command), {}).options, stop }
}

test('the printed line starts Vigil on the replayed cluster; SIGTERM ends it and removes its files', async () => {
	const { options, stop } = await replay([])
	const cluster = await loadClusterConfig(options)
	expect(cluster.chains).toEqual([901n, 902n])
	expect(options.l2ConsensusNodes).toHaveLength(2)
	const [secretFile] = options.l2ConsensusJwtSecret
	expect(await readJwtSecret(secretFile ?? '')).toHaveLength(32)

	const response = await fetch(options.l1Rpc[0] ?? '', {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
	})
	expect(await response.json()).toMatchObject({ id: 1, result: '0x384' })

	expect(await stop()).toBe(0)
	expect(existsSync(options.dependencySet)).toBe(false)
})

test('a JWT secret that is there is used, and left where it is', async () => {
	const file = join(folder, 'jwt.txt')
	await writeFile(file, 'ab'.repeat(32))
	const { options, stop } = await replay(['--jwt-secret', file])
	expect(options.l2ConsensusJwtSecret).toEqual([file])
	expect(await stop()).toBe(0)
	expect(Buffer.from(await readJwtSecret(file)).toString('hex')).toBe('ab'.repeat(32))
})

test('nodes that give their events over HTTP only are printed with http:// addresses', async () => {
	const { options, stop } = await replay(['--events', 'http'])
	for (const url of options.l2ConsensusNodes) expect(url).toMatch(/^http:/)
	expect(await stop()).toBe(0)
})
