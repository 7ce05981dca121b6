import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { flagsOf } from '../../src/config/option-row.js'
import { OPTION_ROWS } from '../../src/config/options.js'
import { runVigil } from './vigil.js'

let folder: string
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'vigil-command-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('help and version', () => {
	test.each([['--help'], ['help'], ['start --help'], ['help start']])(
		'vigil %s lists every setting',
		async (args) => {
			const { code, stdout, stderr } = await runVigil(args.split(' '))
			expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
			const words = new Set(stdout.split(/[\s,;()]+/))
			for (const [, row] of OPTION_ROWS) {
				if ('hidden' in row && row.hidden) expect(words).not.toContain(`--${row.flag}`)
				else for (const word of [...flagsOf(row), ...row.env]) expect(words, stdout).toContain(word)
			}
		},
	)

	test('vigil --help lists every command', async () => {
		const { stdout } = await runVigil(['--help'])
		for (const command of [
			'start',
			'status',
			'verify',
			'snapshot',
			'demo',
			'replay',
			'import',
			'version',
			'help',
		]) {
			expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
		}
	})

	test.each(['version', '--version', '-V'])('vigil %s', async (word) => {
		const { version } = JSON.parse(
			await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
		) as { version: string }
		expect(await runVigil([word])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
	})
})

describe('exit code 2: starting again will not help', () => {
	test.each<[string[], RegExp]>([
		[['--rpc.prot=3'], /unknown option '--rpc\.prot=?3?'[\s\S]*Did you mean --rpc\.port/],
		[['start', '--l1rpc', 'x'], /unknown option '--l1rpc'[\s\S]*Did you mean --l1-rpc/],
		[['demoo'], /unknown command 'demoo'.*start, demo, /],
		[['start', 'now'], /too many arguments/],
		[['start', '--rpc.port'], /argument missing/],
		[['import', 'folder'], /required option '-o, --output <file>' not specified/],
		[['replay'], /missing required argument 'file'/],
		[['replay', 'x', '--speed', '0'], /expected a number above 0/],
		[['replay', 'x', '--speed', '2', '--asap'], /cannot be used with/],
		[[], /--l1-rpc \(or VIGIL_L1_RPC\): is required[\s\S]*--dependency-set[\s\S]*vigil start --help/],
		[['--rpc.port=x'], /--rpc\.port: expected a whole number/],
	])('vigil %j', async (args, message) => {
		const { code, stdout, stderr } = await runVigil(args)
		expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
		expect(stderr).toMatch(message)
		expect(stderr).not.toMatch(/^\s+at /m)
	})

	test('a flag wins over a variable, and a bad variable is named', async () => {
		const bad = await runVigil([], { OP_SUPERVISOR_RPC_PORT: 'x' })
		expect(bad.stderr).toContain('OP_SUPERVISOR_RPC_PORT (or --rpc.port): expected')
		const covered = await runVigil(['--rpc.port=1'], { OP_SUPERVISOR_RPC_PORT: 'x' })
		expect(covered.stderr).not.toContain('RPC_PORT')
	})
})

describe('exit code 1: the command failed', () => {
	test('importing a folder that is none', async () => {
		const { code, stderr } = await runVigil(['import', join(folder, 'none'), '-o', join(folder, 'out')])
		expect(code).toBe(1)
		expect(stderr).toMatch(/^vigil: .*none.*\n$/)
	})

	test('replaying a file that is no recording', async () => {
		const file = join(folder, 'x.gz')
		await writeFile(file, 'x')
		const { code, stderr } = await runVigil(['replay', file])
		expect(code).toBe(1)
		expect(stderr).toMatch(/^vigil: .*x\.gz.*\n$/)
	})
})
