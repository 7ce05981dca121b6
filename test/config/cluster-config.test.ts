import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadClusterConfig } from '../../src/config/cluster-config.js'
import { ConfigFileError } from '../../src/config/config-file-error.js'
import { glob } from '../../src/config/glob.js'
import { readJwtSecret } from '../../src/config/jwt-secret.js'

const HASH_1 = `0x${'11'.repeat(32)}`
const HASH_2 = `0x${'22'.repeat(32)}`

let folder: string
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'vigil-config-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(name: string, content: unknown): Promise<string> {
	const file = join(folder, name)
	await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
	return file
}

function rollup(chainId: number, changes: object = {}): object {
	return {
		genesis: {
			l1: { hash: HASH_1, number: 5 },
			l2: { hash: HASH_2, number: 0 },
			l2_time: 1000,
			system_config: {},
		},
		block_time: 2,
		l1_chain_id: 900,
		l2_chain_id: chainId,
		interop_time: 0,
		...changes,
	}
}

const dependencies = { dependencies: { '902': {}, '901': {} }, overrideMessageExpiryWindow: 3600 }

async function messageOf(promise: Promise<unknown>): Promise<string> {
	const error = await promise.then(
		() => undefined,
		(reason: unknown) => reason,
	)
	expect(error).toBeInstanceOf(ConfigFileError)
	return (error as ConfigFileError).message.replaceAll(`${folder}/`, '')
}

describe('loadClusterConfig', () => {
	test('joins a dependency set with the rollup.json of each chain', async () => {
		await write('rollup-901.json', rollup(901))
		await write('rollup-902.json', rollup(902, { interop_time: undefined }))
		await write('rollup-902.json.bak', 'not read')
		const config = await loadClusterConfig({
			dependencySet: await write('deps.json', dependencies),
			rollupConfigPaths: join(folder, 'rollup-*.json'),
		})
		expect(config.chains).toEqual([901n, 902n])
		expect(config.messageExpiryWindow).toBe(3600n)
		expect([...config.rollups.values()]).toEqual([
			{
				chainId: 901n,
				l1ChainId: 900n,
				genesis: { l1: { hash: HASH_1, number: 5 }, l2: { hash: HASH_2, number: 0 }, l2Time: 1000 },
				blockTime: 2,
				interopTime: 0,
			},
			expect.objectContaining({ chainId: 902n, interopTime: null }),
		])
	})

	test('joins a dependency set with a rollup config set', async () => {
		const entry = {
			genesis: {
				l1: { hash: HASH_1, number: 5, timestamp: 990 },
				l2: { hash: HASH_2, number: 0, timestamp: 1000 },
			},
			block_time: 1,
			interop_time: 1500,
		}
		const config = await loadClusterConfig({
			dependencySet: await write('deps.json', dependencies),
			rollupConfigSet: await write('set.json', { '0x385': entry, '902': entry }),
		})
		expect(
			[...config.rollups.values()].map(({ chainId, genesis, interopTime }) => [
				chainId,
				genesis.l2Time,
				interopTime,
			]),
		).toEqual([
			[901n, 1000, 1500],
			[902n, 1000, 1500],
		])
	})

	test.each<[string, object | string, string]>([
		['a chain too few', rollup(903), 'rollup-*.json: has no chain 902, which deps.json names'],
		[
			'the same chain twice',
			rollup(901),
			'rollup-b.json: l2_chain_id: 901 is the chain of rollup-a.json too',
		],
		[
			'a hash that is none',
			rollup(902, { genesis: { l1: { hash: '0x12', number: 5 } } }),
			'rollup-b.json: genesis.l1.hash: expected ',
		],
		['no genesis', rollup(902, { genesis: undefined }), 'rollup-b.json: genesis.l1.hash: is missing or zero'],
		[
			'a misspelt block time',
			rollup(902, { block_time: undefined, blockTime: 2 }),
			'rollup-b.json: block_time: is missing or zero',
		],
		[
			'a negative time',
			rollup(902, { interop_time: -1 }),
			'rollup-b.json: interop_time: expected a whole number',
		],
		[
			'a chain ID as text',
			rollup(902, { l2_chain_id: '902' }),
			'rollup-b.json: l2_chain_id: expected a chain ID as a number',
		],
		['no chain ID', rollup(902, { l2_chain_id: undefined }), 'rollup-b.json: l2_chain_id: is missing'],
		[
			'half a file',
			JSON.stringify(rollup(902)).slice(0, -1),
			'rollup-b.json: expected "}", but the file ends',
		],
	])('%s is refused, naming file and field', async (_what, second, message) => {
		await write('rollup-a.json', rollup(901))
		await write('rollup-b.json', second)
		const files = {
			dependencySet: await write('deps.json', dependencies),
			rollupConfigPaths: join(folder, 'rollup-*.json'),
		}
		expect(await messageOf(loadClusterConfig(files))).toContain(message)
	})

	test('missing files and empty sets are named', async () => {
		const dependencySet = await write('deps.json', dependencies)
		expect(await messageOf(loadClusterConfig({ dependencySet: join(folder, 'none.json') }))).toBe(
			'none.json: there is no such file',
		)
		expect(
			await messageOf(loadClusterConfig({ dependencySet, rollupConfigPaths: join(folder, 'x*.json') })),
		).toBe('x*.json: no file matches this pattern')
		expect(
			await messageOf(loadClusterConfig({ dependencySet, rollupConfigPaths: join(folder, 'x.json') })),
		).toBe('x.json: there is no such file')
		expect(await messageOf(loadClusterConfig({ dependencySet: await write('empty.json', '{}') }))).toBe(
			'empty.json: dependencies: names no chain',
		)
		expect(await messageOf(loadClusterConfig({ dependencySet: folder }))).toMatch(/cannot be read \(EISDIR\)/)
	})
})

test('glob matches as Go does, also in folders', async () => {
	for (const name of ['a', 'b']) {
		await mkdir(join(folder, name))
		for (const file of ['r1.json', 'r2.json', 'r[.json', 'x.txt'])
			await writeFile(join(folder, name, file), '')
	}
	const matches = async (pattern: string) =>
		(await glob(join(folder, pattern))).map((path) => path.slice(folder.length + 1))
	expect(await matches('*/r?.json')).toEqual([
		'a/r1.json',
		'a/r2.json',
		'a/r[.json',
		'b/r1.json',
		'b/r2.json',
		'b/r[.json',
	])
	expect(await matches('a/r[0-9].json')).toEqual(['a/r1.json', 'a/r2.json'])
	expect(await matches('b/r[^1].json')).toEqual(['b/r2.json', 'b/r[.json'])
	expect(await matches('b/r\\[.json')).toEqual(['b/r[.json'])
	expect(await matches('none*/x')).toEqual([])
	await expect(matches('r[z-a].json')).rejects.toThrow('is no valid file pattern')
})

test('a JWT secret is 32 bytes of hex; errors do not show it', async () => {
	const digits = 'ab'.repeat(32)
	for (const text of [digits, `0x${digits}`, `  ${digits.toUpperCase()}\n`]) {
		expect(Buffer.from(await readJwtSecret(await write('jwt.txt', text))).toString('hex')).toBe(digits)
	}
	for (const text of ['', `${digits}ab`, `0x${digits.slice(1)}`, `${digits.slice(1)}g`]) {
		const message = await messageOf(readJwtSecret(await write('jwt.txt', text)))
		expect(message).toBe('jwt.txt: expected a JWT secret of 32 bytes as 64 hex digits')
	}
})
