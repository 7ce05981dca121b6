import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Environment } from '../../src/config/resolve-options.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { openReader } from '../../src/storage/index.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { silentPort } from '../supervisor/silent-port.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'
import { runVigil } from './vigil.js'

let recording: Recording
let replay: Replay
let datadir: string
beforeEach(async () => {
	recording = sampleRecording({ derived: 12 })
	replay = await replayed(recording)
	datadir = join(temporaryDirectory(), 'data')
})

const settings = () => settingsFor(recording, replay, datadir)

/** The settings without one flag. */
const without = (flag: string) => settings().filter((setting) => !setting.startsWith(`--${flag}=`))

/** The same settings as variables. */
function asVariables(prefix: string): Environment {
	const pairs = settings().flatMap((setting) => {
		const [, flag, value] = /^--([^=]+)=(.*)$/.exec(setting) ?? []
		return flag === undefined ? [] : [[`${prefix}${flag.toUpperCase().replace(/[.-]/g, '_')}`, value]]
	})
	return Object.fromEntries(pairs) as Environment
}

describe('the start is logged', () => {
	test('one line names version, chains, nodes, L1, data directory and port, and one the bound address', async () => {
		const vigil = new VigilProcess([...without('l1-rpc'), `--l1-rpc=${replay.l1Url}/v3/secret-key`])
		const port = await vigil.port()
		const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
			version: string
		}
		expect(vigil.lines.filter(({ msg }) => msg === 'Vigil starts')).toEqual([
			{
				level: 'info',
				time: expect.any(String),
				msg: 'Vigil starts',
				version,
				node: process.version,
				chains: recording.chains.map(({ chainId }) => `${chainId}`),
				nodes: replay.nodes.map(({ url }) => url),
				l1: [`${replay.l1Url}/...`],
				datadir,
				rpc: '127.0.0.1:0',
				indexThreads: 1,
				confirmationDepth: recording.confirmationDepth,
			},
		])
		expect(vigil.lines.filter(({ msg }) => msg === 'RPC server bound to address')).toEqual([
			expect.objectContaining({ level: 'info', addr: `127.0.0.1:${port}` }),
		])
		expect(vigil.stdout).not.toContain('secret-key')
		expect(await vigil.terminate()).toBe(0)
		expect(vigil.lines.map(({ msg }) => msg)).toContain('Vigil has stopped')
		expect(vigil.stderr).toBe('')
	})

	test('what has no effect is warned of once each', async () => {
		const vigil = new VigilProcess([...settings(), '--pprof.enabled'], {
			OP_SUPERVISOR_RPC_VERIFICATION_WARNINGS: 'true',
			OP_SUPERVISOR_NO_SUCH: '1',
		})
		await vigil.port()
		const warnings = vigil.lines.filter(({ level }) => level === 'warn').map(({ msg }) => String(msg))
		for (const name of ['--pprof.enabled', 'RPC_VERIFICATION_WARNINGS', 'NO_SUCH'])
			expect(warnings.filter((warning) => warning.includes(name))).toHaveLength(1)
	})
})

describe('a deployment of another supervisor starts Vigil', () => {
	test.each([
		['op-supervisor', 'OP_SUPERVISOR_'],
		['kona-supervisor', ''],
	])('with the variables of %s alone', async (_name, prefix) => {
		const { [`${prefix}LOG_FORMAT`]: _format, ...env } = asVariables(prefix)
		const vigil = new VigilProcess(['start', '--confirmation-depth=2'], env)
		await vigil.reaches(recording)
		expect(existsSync(datadir)).toBe(true)
	})

	test('with a rollup config set', async () => {
		const set = recording.chains.map(({ chainId, rollup }) => {
			const { genesis, block_time, interop_time } = rollup
			const seals = { l1: { ...genesis.l1, timestamp: 0 }, l2: { ...genesis.l2, timestamp: genesis.l2_time } }
			return [`${chainId}`, { genesis: seals, block_time, interop_time }]
		})
		const file = join(temporaryDirectory(), 'set.json')
		writeFileSync(file, JSON.stringify(Object.fromEntries(set)))
		const vigil = new VigilProcess([...without('rollup-config-paths'), `--rollup-config-set=${file}`])
		await vigil.reaches(recording)
	})
})

test('--failsafe-enabled turns the failsafe on; without it, it stays as it is', async () => {
	const failsafe = async (flags: readonly string[]) => {
		const vigil = new VigilProcess([...settings(), ...flags])
		await vigil.port()
		expect(await vigil.terminate()).toBe(0)
		const chains = recording.chains.map(({ chainId }) => chainId)
		const reader = await openReader({ directory: datadir, chains })
		const isOn = reader.read((view) => view.failsafe)
		await reader.close()
		return isOn
	}
	expect(await failsafe([])).toBe(false)
	expect(await failsafe(['--failsafe-enabled'])).toBe(true)
	expect(await failsafe(['--failsafe-enabled=false'])).toBe(true)
})

describe('--l1-rpc is a list', () => {
	test('an endpoint that is down, and one that never answers, are passed over for one that works', async () => {
		const urls = ['http://127.0.0.1:1', `http://127.0.0.1:${await silentPort()}`, replay.l1Url]
		const vigil = new VigilProcess([
			...without('l1-rpc'),
			`--l1-rpc=${urls.join(',')}`,
			'--l1.request-timeout=200ms',
		])
		await vigil.reaches(recording)
	})
})

describe('log settings', () => {
	test('--log.pid names the process in every line', async () => {
		const vigil = new VigilProcess([...settings(), '--log.pid'])
		await vigil.port()
		expect(new Set(vigil.lines.map(({ pid }) => typeof pid))).toEqual(new Set(['number']))
	})

	test.each([['-vv'], ['--log.level=WARN']])('%s leaves out what is less important', async (flag) => {
		const vigil = new VigilProcess([...settings(), flag, '--pprof.enabled'])
		await vigil.printed('--pprof.enabled')
		expect(await vigil.terminate()).toBe(0)
		expect(new Set(vigil.lines.map(({ level }) => level))).toEqual(new Set(['warn']))
	})

	test('--log.format=logfmt gives key=value lines, as --log.format=text does', async () => {
		for (const format of ['logfmt', 'text']) {
			const vigil = new VigilProcess([...without('log.format'), `--log.format=${format}`])
			const port = await vigil.port()
			expect(vigil.stdout).toMatch(/^t=\d{4}-\S+Z lvl=info msg="Vigil starts" version=\S+ .* chains="\[/m)
			expect(vigil.stdout).toContain(`msg="RPC server bound to address" addr=127.0.0.1:${port}\n`)
			await vigil.kill()
		}
	})

	test.each([
		['true', true],
		['false', false],
	])('--log.color=%s decides about colours of pretty lines', async (value, isColoured) => {
		const vigil = new VigilProcess([...without('log.format'), '--log.format=pretty', `--log.color=${value}`])
		await vigil.printed('RPC server bound to address')
		expect(vigil.stdout.includes('\u001b[')).toBe(isColoured)
	})

	test('-q prints nothing; the log file has every line', async () => {
		const directory = join(temporaryDirectory(), 'logs', 'deep')
		const flags = ['-q', `--logs.file.directory=${directory}`, '--logs.file.rotation=daily']
		const vigil = new VigilProcess([...settings(), ...flags])
		await until('the server', () => readLogs(directory).includes('RPC server bound to address'))
		expect(await vigil.terminate()).toBe(0)
		expect(vigil.stdout).toBe('')
		expect(readdirSync(directory).every((name) => /^vigil\.\d{4}-\d\d-\d\d\.log$/.test(name))).toBe(true)
		const lines = readLogs(directory).trim().split('\n')
		const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
		expect(messages[0]).toBe('Vigil starts')
		expect(messages.at(-1)).toBe('Vigil has stopped')
	})

	test('a log directory that cannot be made is named', async () => {
		const file = join(temporaryDirectory(), 'file')
		writeFileSync(file, '')
		const { code, stderr } = await runVigil([...settings(), `--logs.file.directory=${file}`])
		expect(code).toBe(1)
		expect(stderr).toMatch(
			/^vigil: log file .*file.vigil\.log cannot be written .*--logs\.file\.directory\n$/,
		)
	})
})

function readLogs(directory: string): string {
	if (!existsSync(directory)) return ''
	return readdirSync(directory)
		.sort()
		.map((name) => readFileSync(join(directory, name), 'utf8'))
		.join('')
}

describe('configuration files', () => {
	test.each([
		[
			'dependency-set',
			'{"dependencies": {"abc": {}}}',
			/deps\.json: dependencies\.abc: expected a decimal chain ID/,
		],
		['dependency-set', '{"dependencies": {}}', /deps\.json: dependencies: names no chain/],
		['rollup-config-paths', '{"l2_chain_id": "x"}', /deps\.json: l2_chain_id: expected a chain ID/],
		['l2-consensus.jwt-secret', 'abcd', /deps\.json: expected a JWT secret of 32 bytes/],
		['rpc.admin-secret', 'abcd', /deps\.json: expected a JWT secret of 32 bytes/],
	])(
		'--%s: a file that cannot be used is named with the field, exit code 2',
		async (flag, content, message) => {
			const file = join(temporaryDirectory(), 'deps.json')
			writeFileSync(file, content)
			const args = [...without(flag), `--${flag}=${file}`, '--rpc.enable-admin']
			const { code, stdout, stderr } = await runVigil(args)
			expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
			expect(stderr).toMatch(message)
			expect(existsSync(datadir)).toBe(false)
		},
	)
})

test('a retention within which messages may still be executed is refused, exit code 2', async () => {
	const { code, stderr } = await runVigil([...settings(), '--retention=24h'])
	expect(code).toBe(2)
	expect(stderr).toMatch(
		/--retention \(or VIGIL_RETENTION\): 24h is less than 192h: messages can be executed for 168h/,
	)
	expect(existsSync(datadir)).toBe(false)
})
