import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { addTableOptions, flagTexts } from '../../src/config/command-options.js'
import { OptionError } from '../../src/config/option-error.js'
import { flagsOf, type OptionRow } from '../../src/config/option-row.js'
import { OPTION_ROWS, OPTIONS, type OptionName } from '../../src/config/options.js'
import { type Environment, resolveOptions } from '../../src/config/resolve-options.js'
import { unknownVariables } from '../../src/config/unknown-variables.js'

const COMPLETE = [
	'--l1-rpc=http://l1.example',
	'--l2-consensus.nodes=ws://a.example,ws://b.example',
	'--l2-consensus.jwt-secret=jwt.txt',
	'--datadir=data',
	'--dependency-set=deps.json',
	'--rollup-config-paths=rollup-*.json',
]

function resolveAll(args: readonly string[], env: Environment = {}) {
	const command = addTableOptions(new Command('start'))
		.exitOverride()
		.configureOutput({ writeErr: () => {} })
	command.parse(args, { from: 'user' })
	return resolveOptions(flagTexts(command), env)
}

function resolve(args: readonly string[], env: Environment = {}) {
	return resolveAll(args, env).options
}

function problemsOf(args: readonly string[], env: Environment = {}): string[] {
	try {
		resolve(args, env)
	} catch (error) {
		if (error instanceof OptionError) return error.message.split('\n')
		throw error
	}
	return []
}

describe('values', () => {
	test('a complete command line gives every setting, with the defaults for the rest', () => {
		expect(resolve(COMPLETE)).toMatchObject({
			l1Rpc: ['http://l1.example'],
			l2ConsensusNodes: ['ws://a.example', 'ws://b.example'],
			l2ConsensusJwtSecret: ['jwt.txt'],
			datadir: 'data',
			dependencySet: 'deps.json',
			rollupConfigPaths: 'rollup-*.json',
			rollupConfigSet: undefined,
			confirmationDepth: 2,
			verifyBlooms: false,
			rpcAddr: '0.0.0.0',
			rpcThreads: 1,
			rpcPort: 8545,
			logLevel: 'info',
		})
	})

	test('the default number of index threads is between 1 and 8', () => {
		const { indexThreads } = resolve(COMPLETE)
		expect(indexThreads).toBeGreaterThanOrEqual(1)
		expect(indexThreads).toBeLessThanOrEqual(8)
	})

	test('a list flag given twice, and blanks around commas, make one list', () => {
		const options = resolve([...COMPLETE, '--l2-consensus.nodes', 'ws://c.example , https://d.example'])
		expect(options.l2ConsensusNodes).toEqual([
			'ws://a.example',
			'ws://b.example',
			'ws://c.example',
			'https://d.example',
		])
	})

	test('empty parts of a list, as templates leave them behind, are passed over', () => {
		const options = resolve([...COMPLETE.slice(1), '--l1-rpc=http://a.example,,http://b.example,'])
		expect(options.l1Rpc).toEqual(['http://a.example', 'http://b.example'])
	})

	test.each([
		['500ms', 500],
		['1.5s', 1_500],
		['2m', 120_000],
	])('the duration %s', (text, ms) => {
		expect(resolve([...COMPLETE, `--l1.poll-interval=${text}`]).l1PollInterval).toBe(ms)
	})

	test.each([
		[['--verify-blooms'], true],
		[['--verify-blooms=true'], true],
		[['--verify-blooms', 'false'], false],
		[['--verify-blooms=0'], false],
	])('switch %j', (args, expected) => {
		expect(resolve([...COMPLETE, ...args]).verifyBlooms).toBe(expected)
	})

	test('words of the other supervisors for levels and formats are understood', () => {
		const options = resolve([...COMPLETE, '--log.level=CRIT', '--log.format=terminal'])
		expect(options).toMatchObject({ logLevel: 'fatal', logFormat: 'pretty' })
	})
})

describe('other spellings', () => {
	test.each([
		[['-v'], 'error'],
		[['-vv'], 'warn'],
		[['-vvv'], 'info'],
		[['-v', '-vvv'], 'debug'],
		[['-vvvvv'], 'trace'],
	])("kona-supervisor's verbosity %j", (args, level) => {
		expect(resolve([...COMPLETE, ...args]).logLevel).toBe(level)
	})

	test.each(['0 silent', '1 error', '3 info', '5 trace'])('KONA_LOG_LEVEL=%s', (pair) => {
		const [number, level] = pair.split(' ')
		expect(resolve(COMPLETE, { KONA_LOG_LEVEL: number }).logLevel).toBe(level)
	})

	test('a sixth v is refused', () => {
		expect(problemsOf([...COMPLETE, '-vvvvvv'])).toEqual([expect.stringContaining('-v: expected one of')])
	})

	test('-q and --logs.stdout.quiet are one switch', () => {
		for (const args of [['-q'], ['--logs.stdout.quiet'], ['--logs.stdout.quiet=true']])
			expect(resolve([...COMPLETE, ...args]).logQuiet).toBe(true)
	})

	test.each<[string, string]>([
		['text', 'logfmt'],
		['terminal', 'pretty'],
		['json-pretty', 'pretty'],
		['full', 'pretty'],
		['compact', 'pretty'],
		['logfmt', 'logfmt'],
		['json', 'json'],
	])('the log format %s of another supervisor is %s', (theirs, ours) => {
		expect(resolve([...COMPLETE, `--logs.stdout.format=${theirs}`]).logFormat).toBe(ours)
		expect(resolve(COMPLETE, { OP_SUPERVISOR_LOG_FORMAT: theirs }).logFormat).toBe(ours)
	})

	test.each([
		[['--log.level=info', '-vvv'], '--log.level and -v are both given: keep one'],
		[
			['--log.format=json', '--logs.stdout.format=json'],
			'--log.format and --logs.stdout.format are both given',
		],
		[['-q', '--logs.stdout.quiet=false'], '--logs.stdout.quiet and -q are both given'],
	])('%j: two spellings at once are refused', (args, message) => {
		expect(problemsOf([...COMPLETE, ...args])).toEqual([expect.stringContaining(message)])
	})
})

describe('settings of other supervisors without a meaning here', () => {
	const ignored = OPTION_ROWS.filter(([, row]) => 'foreign' in row && row.foreign === 'ignored')

	test.each(ignored.map(([name, row]) => [name, row] as const))(
		'%s is accepted as flag and as variable, with one warning',
		(_name, row) => {
			const value = row.kind.shape === 'switch' ? 'true' : 'x'
			const { warnings } = resolveAll([...COMPLETE, `--${row.flag}=${value}`])
			expect(warnings).toEqual([`--${row.flag} has no effect: ${row.help}`])
			for (const variable of row.env) {
				const [warning, ...others] = resolveAll(COMPLETE, { [variable]: value }).warnings
				expect(warning).toContain(`${variable} (or --${row.flag}) has no effect`)
				expect(others).toEqual([])
			}
		},
	)

	test.each([
		['--mock-run', /--mock-run: Vigil never serves made-up answers/],
		['--networks=op-sepolia', /--networks: no network is built in.*--rollup-config-paths/],
		['--network=op-sepolia', /--network: no network is built in/],
	])('%s is refused with what to do', (flag, message) => {
		expect(problemsOf([...COMPLETE, flag])).toEqual([expect.stringMatching(message)])
	})

	test('switched off it is no problem', () => {
		expect(resolveAll([...COMPLETE, '--mock-run=false']).warnings).toEqual([])
		expect(problemsOf(COMPLETE, { OP_SUPERVISOR_MOCK_RUN: 'false' })).toEqual([])
	})
})

describe('variables that are no setting', () => {
	test('one warning for each that looks like one', () => {
		const env = { VIGIL_RPC_PROT: '1', OP_SUPERVISOR_L1_RPCS: 'x', OP_NODE_L1: 'x', VIGIL_RPC_PORT: '1' }
		expect(unknownVariables(env)).toEqual([
			expect.stringContaining('OP_SUPERVISOR_L1_RPCS is no setting'),
			expect.stringContaining('VIGIL_RPC_PROT is no setting'),
		])
	})

	test('what Kubernetes sets for a Service named vigil is none of them', () => {
		const env = {
			VIGIL_SERVICE_HOST: '10.0.0.1',
			VIGIL_SERVICE_PORT: '8545',
			VIGIL_SERVICE_PORT_RPC: '8545',
			VIGIL_PORT: 'tcp://10.0.0.1:8545',
			VIGIL_PORT_8545_TCP: 'tcp://10.0.0.1:8545',
			VIGIL_PORT_8545_TCP_PROTO: 'tcp',
		}
		expect(unknownVariables(env)).toEqual([])
	})

	test('a Service that hides a setting is named as what it is', () => {
		expect(problemsOf(COMPLETE, { VIGIL_RPC_PORT: 'tcp://10.0.0.1:8545' })).toEqual([
			expect.stringContaining('set enableServiceLinks to false'),
		])
	})
})

describe('precedence', () => {
	const own = OPTION_ROWS.filter(([, row]) => !('foreign' in row))

	/** Two texts of a row's kind that differ from each other, and from the default where there are enough. */
	function samples({ kind }: OptionRow): readonly [string, string] {
		const pairs = [
			['ws://one', 'ws://two'],
			['http://one', 'http://two'],
			['true', 'false'],
			['5s', '6s'],
			['1GB', '2GB'],
			['2000', '3000'],
			['warn', 'error'],
			['json', 'logfmt'],
			['hourly', 'daily'],
			['one', 'two'],
		] as const
		const isTaken = (text: string) => {
			try {
				return kind.parse(text) !== undefined
			} catch {
				return false
			}
		}
		const small = ['5', '6'] as const
		const found = [...pairs, small].find((pair) => pair.every(isTaken))
		if (found === undefined) throw new Error(`no sample for ${kind.placeholder}`)
		return found
	}

	/** The required settings as variables of Vigil, without those that `name` excludes. */
	function base(name: OptionName): Record<string, string> {
		return {
			VIGIL_L1_RPC: 'http://x',
			VIGIL_L2_CONSENSUS_NODES: 'ws://x',
			VIGIL_L2_CONSENSUS_JWT_SECRET: 'x',
			VIGIL_DATADIR: 'x',
			VIGIL_DEPENDENCY_SET: 'x',
			...(name === 'rollupConfigSet' ? {} : { VIGIL_ROLLUP_CONFIG_PATHS: 'x' }),
			...(name === 'rpcAdminSecret' ? { VIGIL_RPC_ENABLE_ADMIN: 'true' } : {}),
			...(name === 'unsafeRouting' ? { VIGIL_UNSAFE_ROUTING_NODES: 'http://x' } : {}),
			...(name === 'l2ConsensusJwtSecret' ? { VIGIL_L2_CONSENSUS_NODES: 'ws://x' } : {}),
		}
	}

	const settingOf = (args: readonly string[], env: Environment, name: OptionName): unknown =>
		Object.entries(resolve(args, env)).find(([key]) => key === name)?.[1]

	test.each(own.map(([name, row]) => [name, row] as const))(
		'%s: flag in every spelling, then each variable in order, then the default',
		(name, row) => {
			const [first, second] = samples(row)
			const vigils = row.env[0] ?? ''
			const { [vigils]: _dropped, ...env } = base(name)
			for (const flag of flagsOf(row)) {
				const written =
					flag === `-${row.counted}` ? ['-vv'] : flag.length === 2 ? [flag, first] : [`${flag}=${first}`]
				const expected = flag === `-${row.counted}` ? row.kind.parse('2') : row.kind.parse(first)
				expect(settingOf(written, { ...env, [vigils]: second }, name)).toEqual(expected)
			}
			for (const [index, variable] of row.env.entries()) {
				const weaker = Object.fromEntries(row.env.slice(index + 1).map((other) => [other, second]))
				expect(settingOf([], { ...env, ...weaker, [variable]: first }, name)).toEqual(row.kind.parse(first))
				expect(settingOf([], { ...env, ...weaker, [variable]: second }, name)).toEqual(row.kind.parse(second))
			}
			if (row.required) expect(problemsOf([], env).join()).toContain(`--${row.flag} `)
			else if (name !== 'rollupConfigPaths' && name !== 'rollupConfigSet') {
				const byDefault = typeof row.default === 'function' ? row.default() : row.default
				expect(settingOf([], env, name)).toEqual(byDefault)
			}
		},
	)

	test("the variables have the peers' names", () => {
		for (const [name, flag] of [
			['rpcEnableAdmin', 'rpc.enable-admin'],
			['l2ConsensusJwtSecret', 'l2-consensus.jwt-secret'],
		] as const) {
			const upper = flag.toUpperCase().replace(/[.-]/g, '_')
			expect(OPTIONS[name].env).toEqual([`VIGIL_${upper}`, `OP_SUPERVISOR_${upper}`, upper])
		}
		expect(OPTIONS.metricsPort.env).toEqual([
			'VIGIL_METRICS_PORT',
			'OP_SUPERVISOR_METRICS_PORT',
			'KONA_METRICS_PORT',
		])
	})

	test('an empty variable counts as unset', () => {
		expect(resolve(COMPLETE, { VIGIL_RPC_PORT: '', OP_SUPERVISOR_RPC_PORT: '99' }).rpcPort).toBe(99)
	})

	test('no variable and no flag belongs to two settings', () => {
		const names = OPTION_ROWS.flatMap(([, row]) => [...flagsOf(row), ...row.env])
		expect(new Set(names).size).toBe(names.length)
	})
})

describe('errors', () => {
	test('all missing settings are named at once', () => {
		const problems = problemsOf([])
		expect(problems).toHaveLength(6)
		for (const flag of [
			'l1-rpc',
			'l2-consensus.nodes',
			'l2-consensus.jwt-secret',
			'datadir',
			'dependency-set',
		]) {
			expect(problems.find((problem) => problem.startsWith(`--${flag} `))).toContain('is required')
		}
		expect(problems.at(-1)).toContain('--rollup-config-set')
	})

	test.each([
		['--rpc.port=70000', '--rpc.port: expected a whole number from 0 to 65535, found "70000"'],
		['--rpc.port=1e3', '--rpc.port: expected a whole number'],
		['--rpc.port=-1', '--rpc.port: expected a whole number'],
		['--confirmation-depth=2.5', '--confirmation-depth: expected a whole number'],
		['--index.threads=0', '--index.threads: expected a whole number from 1'],
		['--verify-blooms=maybe', '--verify-blooms: expected true or false'],
		['--log.level=loud', '--log.level: expected one of trace, debug'],
		['--log.level=__proto__', '--log.level: expected one of'],
		[
			'--l2-consensus.nodes=ftp://x',
			'--l2-consensus.nodes: expected URLs that start with ws:// or wss:// or http:// or https://',
		],
		['--l1-rpc=', '--l1-rpc: expected a comma list of URLs'],
		['--l1-rpc= , ', '--l1-rpc: expected a comma list of URLs'],
		[
			'--l1.poll-interval=5',
			'--l1.poll-interval: expected a time with its unit (ms, s, m or h) from 50ms to 10m',
		],
		['--l1.poll-interval=1h', '--l1.poll-interval: expected a time with its unit'],
		['--l1.poll-interval=-1s', '--l1.poll-interval: expected a time with its unit'],
		[
			'--l1-gateway.cache-size=4',
			'--l1-gateway.cache-size: expected a size with its unit (MB, GB or TB) from 16MB to 1TB',
		],
		['--l1-gateway.cache-size=2TB', '--l1-gateway.cache-size: expected a size with its unit'],
		['--logs.file.rotation=yearly', '--logs.file.rotation: expected one of never, hourly'],
		['--rpc.max-body-bytes=1', '--rpc.max-body-bytes: expected a whole number from 1024'],
		['--datadir=', '--datadir: expected a path'],
	])('%s', (flag, message) => {
		const others = COMPLETE.filter((other) => other.split('=')[0] !== flag.split('=')[0])
		const problems = problemsOf([...others, flag])
		expect(problems).toHaveLength(1)
		expect(problems[0]).toContain(message)
	})

	test('unsafe blocks cannot be routed to nobody', () => {
		const [problem, ...others] = problemsOf([...COMPLETE, '--unsafe-routing'])
		expect(problem).toContain('--unsafe-routing.nodes')
		expect(others).toEqual([])
	})

	test('a bad variable is named as it was given, with the flag', () => {
		expect(problemsOf(COMPLETE, { OP_SUPERVISOR_RPC_PORT: 'x' })).toEqual([
			'OP_SUPERVISOR_RPC_PORT (or --rpc.port): expected a whole number from 0 to 65535, found "x"',
		])
	})

	test('a refused URL does not show its password or key', () => {
		const others = COMPLETE.filter((flag) => !flag.startsWith('--l1-rpc'))
		const [problem] = problemsOf([...others, '--l1-rpc=ftp://user:pw@host/key-123'])
		expect(problem).not.toMatch(/pw|key-123/)
	})

	test('as many secrets as nodes, or one', () => {
		expect(problemsOf([...COMPLETE, '--l2-consensus.jwt-secret=second.txt'])).toEqual([])
		expect(problemsOf([...COMPLETE, '--l2-consensus.jwt-secret=second.txt,third.txt'])[0]).toContain(
			'names 3 files for 2 node(s)',
		)
	})

	test('a secret for admin methods that are not served is contradictory', () => {
		expect(problemsOf([...COMPLETE, '--rpc.admin-secret=x'])[0]).toContain('add --rpc.enable-admin')
		expect(problemsOf([...COMPLETE, '--rpc.admin-secret=x', '--rpc.enable-admin'])).toEqual([])
	})

	test('both rollup settings at once are contradictory', () => {
		expect(problemsOf([...COMPLETE, '--rollup-config-set=set.json'])[0]).toContain('are both set')
	})
})
