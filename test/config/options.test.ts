import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { addTableOptions, flagTexts } from '../../src/config/command-options.js'
import { OptionError } from '../../src/config/option-error.js'
import { OPTIONS, type OptionName, type OptionRow } from '../../src/config/options.js'
import { type Environment, resolveOptions } from '../../src/config/resolve-options.js'

const COMPLETE = [
	'--l1-rpc=http://l1.example',
	'--l2-consensus.nodes=ws://a.example,ws://b.example',
	'--l2-consensus.jwt-secret=jwt.txt',
	'--datadir=data',
	'--dependency-set=deps.json',
	'--rollup-config-paths=rollup-*.json',
]

function resolve(args: readonly string[], env: Environment = {}) {
	const command = addTableOptions(new Command('start'))
		.exitOverride()
		.configureOutput({ writeErr: () => {} })
	command.parse(args, { from: 'user' })
	return resolveOptions(flagTexts(command), env)
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
		const options = resolve([...COMPLETE, '--l2-consensus.nodes', 'ws://c.example , wss://d.example'])
		expect(options.l2ConsensusNodes).toEqual([
			'ws://a.example',
			'ws://b.example',
			'ws://c.example',
			'wss://d.example',
		])
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

describe('precedence', () => {
	/** Two values of each kind that differ from each other and from the default. */
	const SAMPLES: Record<OptionName, readonly [string, string]> = {
		l1Rpc: ['http://one', 'http://two'],
		l2ConsensusNodes: ['ws://one', 'ws://two'],
		l2ConsensusJwtSecret: ['one', 'two'],
		datadir: ['one', 'two'],
		dependencySet: ['one', 'two'],
		rollupConfigPaths: ['one', 'two'],
		rollupConfigSet: ['one', 'two'],
		confirmationDepth: ['5', '6'],
		indexThreads: ['5', '6'],
		failsafeOnInvalidation: ['false', 'true'],
		verifyBlooms: ['true', 'false'],
		rpcAddr: ['127.0.0.1', '::1'],
		rpcPort: ['5', '6'],
		logLevel: ['warn', 'error'],
		logFormat: ['pretty', 'json'],
	}

	/** The required settings as variables of Vigil, without those that `name` excludes. */
	function base(name: OptionName): Record<string, string> {
		const rollup = name === 'rollupConfigSet' ? {} : { VIGIL_ROLLUP_CONFIG_PATHS: 'x' }
		return {
			VIGIL_L1_RPC: 'http://x',
			VIGIL_L2_CONSENSUS_NODES: 'ws://x',
			VIGIL_L2_CONSENSUS_JWT_SECRET: 'x',
			VIGIL_DATADIR: 'x',
			VIGIL_DEPENDENCY_SET: 'x',
			...rollup,
		}
	}

	test.each(Object.keys(OPTIONS) as OptionName[])(
		'%s: flag, then each variable in order, then the default',
		(name) => {
			const row: OptionRow = OPTIONS[name]
			const [first, second] = SAMPLES[name]
			const { [row.env[0] ?? '']: _dropped, ...env } = base(name)
			expect(resolve([`--${row.flag}=${first}`], { ...env, [row.env[0] ?? '']: second })[name]).toEqual(
				row.kind.parse(first),
			)
			for (const [index, variable] of row.env.entries()) {
				const weaker = Object.fromEntries(row.env.slice(index + 1).map((other) => [other, second]))
				expect(resolve([], { ...env, ...weaker, [variable]: first })[name]).toEqual(row.kind.parse(first))
				expect(resolve([], { ...env, ...weaker, [variable]: second })[name]).toEqual(row.kind.parse(second))
			}
		},
	)

	test('an empty variable counts as unset', () => {
		expect(resolve(COMPLETE, { VIGIL_RPC_PORT: '', OP_SUPERVISOR_RPC_PORT: '99' }).rpcPort).toBe(99)
	})

	test('no variable and no flag belongs to two settings', () => {
		const rows: OptionRow[] = Object.values(OPTIONS)
		const names = rows.flatMap((row) => [row.flag, ...row.env])
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
		['--l2-consensus.nodes=http://x', '--l2-consensus.nodes: expected URLs that start with ws:// or wss://'],
		['--l1-rpc=', '--l1-rpc: expected a comma list without empty parts'],
		['--datadir=', '--datadir: expected a path'],
	])('%s', (flag, message) => {
		const others = COMPLETE.filter((other) => other.split('=')[0] !== flag.split('=')[0])
		const problems = problemsOf([...others, flag])
		expect(problems).toHaveLength(1)
		expect(problems[0]).toContain(message)
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

	test('both rollup settings at once are contradictory', () => {
		expect(problemsOf([...COMPLETE, '--rollup-config-set=set.json'])[0]).toContain('are both set')
	})
})
