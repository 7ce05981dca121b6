import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { pathOf } from './repository.js'

const TIMEOUT_MS = 120_000

interface Packed {
	readonly filename: string
	readonly size: number
	readonly files: readonly { readonly path: string }[]
}

/** Packs what is built. */
function pack(into: string): Packed {
	const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into]
	const { status, stdout, stderr } = spawnSync('npm', args, { cwd: pathOf('.'), encoding: 'utf8' })
	expect([status, stderr]).toEqual([0, expect.any(String)])
	const [packed] = JSON.parse(stdout) as Packed[]
	if (packed === undefined) throw new Error('npm pack packed nothing')
	return packed
}

/**
 * A project that has the package and, beside it, what npm would have installed with it: the repository's packages
 * without those for development. No registry is asked.
 */
function installed(): string {
	const project = temporaryDirectory()
	const { filename } = pack(project)
	const modules = join(project, 'node_modules')
	mkdirSync(join(modules, '.bin'), { recursive: true })
	const { packages } = JSON.parse(readFileSync(pathOf('node_modules/.package-lock.json'), 'utf8')) as {
		packages: Record<string, { dev?: true }>
	}
	for (const [path, { dev }] of Object.entries(packages)) {
		if (dev || path.lastIndexOf('node_modules/') !== 0) continue
		mkdirSync(dirname(join(project, path)), { recursive: true })
		symlinkSync(pathOf(path), join(project, path))
	}
	spawnSync('tar', ['-xzf', filename], { cwd: project })
	spawnSync('mv', ['package', join(modules, 'vigil')], { cwd: project })
	const { bin } = JSON.parse(readFileSync(join(modules, 'vigil/package.json'), 'utf8')) as {
		bin: { vigil: string }
	}
	spawnSync('chmod', ['+x', join(modules, 'vigil', bin.vigil)])
	symlinkSync(`../vigil/${bin.vigil}`, join(modules, '.bin/vigil'))
	return project
}

let packed: Packed
beforeAll(() => {
	packed = pack(pathOf('dist'))
}, TIMEOUT_MS)

it('the package holds what runs and what helps, and nothing of tests', () => {
	const paths = packed.files.map(({ path }) => path)
	const wanted = [
		'README.md',
		'dist/vigil.js',
		'dist/src/kernel/receipts.wasm',
		'dist/src/observability/status-page/client.js',
		'dist/threads/index-blocks.js',
		'docs/runbooks.md',
		'grafana/dashboards/overview.json',
		'src/observability/status-page/page/page.html',
		'src/recording/embedded/steady.vigil.gz',
	]
	expect(paths).toEqual(expect.arrayContaining(wanted))
	expect(paths.filter((path) => /(^|\/)(test|bench)\/|\.map$|\.tsbuildinfo$/.test(path))).toEqual([])
	expect(packed.size).toBeLessThan(2_000_000)
})

it(
	'an installed package runs with npx: its version, the demo, and the status page',
	async () => {
		const cwd = installed()
		expect(readdirSync(join(cwd, 'node_modules'))).not.toContain('vitest')
		const npx = (...args: string[]) =>
			spawnSync('npx', ['--no-install', 'vigil', ...args], { cwd, encoding: 'utf8' })
		expect(npx('--version')).toMatchObject({ status: 0, stdout: '0.1.0\n' })
		const ports = ['--rpc.port=0', '--metrics.port=0', '--rpc.addr=127.0.0.1', '--metrics.addr=127.0.0.1']
		const demo = spawn(join(cwd, 'node_modules/.bin/vigil'), ['demo', '--serve', ...ports], { cwd })
		afterTest(() => demo.kill('SIGKILL'))
		const ended = once(demo, 'close')
		let said = ''
		const url = await new Promise<string>((resolve) => {
			demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
				said += chunk
				const [, found] = /Status page (\S+)/.exec(said) ?? []
				if (found !== undefined) resolve(found)
			})
			demo.on('close', () => resolve(''))
		})
		expect(said).toContain('All heads are as recorded.')
		const page = await fetch(url, { headers: { accept: 'text/html' } })
		expect(await page.text()).toContain('<title>Vigil</title>')
		demo.kill('SIGINT')
		expect(await ended).toEqual([0, null])
	},
	TIMEOUT_MS,
)

it('no thread loads what nothing uses of a package: compilers of schemas, other hashes, all that viem can do', () => {
	const unused = ['node_modules/ajv/', 'hash-wasm/dist/index.umd', 'viem/_esm/actions/']
	const code = packed.files.filter(({ path }) => /^dist\/.*\.js$/.test(path))
	expect(code.length).toBeGreaterThan(10)
	for (const { path } of code) {
		const text = readFileSync(pathOf(path), 'utf8')
		expect([path, unused.filter((name) => text.includes(name))]).toEqual([path, []])
	}
})

it('the package has the licenses of all whose code is in it', () => {
	const { dependencies } = JSON.parse(readFileSync(pathOf('package.json'), 'utf8')) as {
		dependencies: Record<string, string>
	}
	const licenses = readFileSync(pathOf('dist/third-party-licenses.txt'), 'utf8')
	// These are installed beside the package and bring their own.
	const beside = ['fs-native-extensions', 'lmdb', 'msgpackr', 'pino-pretty', 'piscina']
	for (const name of Object.keys(dependencies).filter((name) => !beside.includes(name)))
		expect(licenses).toMatch(new RegExp(`^== ${name} \\d`, 'm'))
	expect(licenses.match(/^== .*/gm)?.filter((line) => !/ \(.+\)$/.test(line))).toEqual([])
})
