import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, it } from 'vitest'
import { loadRecording } from '../../src/recording/load-recording.js'
import { pathOf } from '../packaging/repository.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { replayed } from '../supervisor/supervised.js'
import { DOCUMENTS, shellBlocks } from './handbook.js'

// Every shell command of the handbook is run, block by block, in a folder that looks like the repository. `vigil` is the
// real program on a replayed cluster: the addresses of the handbook are those of the replay, and what serves goes on in
// the background. What would change the machine, or takes minutes, has a stand-in that looks whether what it is given
// is there.

const TIMEOUT_MS = 180_000

/** What the repository has at its top, as far as commands name it. */
const TOP = ['package.json', 'docs', 'grafana', 'dist', 'node_modules', 'src', 'bench', 'test', 'Dockerfile']

/** Programs that change the machine, or need one that is not ours. */
const GIVEN_PATHS = ['sudo', 'docker', 'prometheus', 'grafana', 'promtool']

/** What is looked at by a program that stands in: files of the repository must be there. */
const CHECK_PATHS = `for given in "$@"; do
	for path in \${given//[:=]/ }; do
		case "$path" in docs/*|grafana/*|dist/*|./*) [ -e "$path" ] || { echo "there is no $path" >&2; exit 1; } ;; esac
	done
done`

/** The real addresses in the place of those of the handbook. */
const CURL = `args=()
for arg in "$@"; do
	while read -r written real; do arg=\${arg//$written/$real}; done < "$HANDBOOK_STATE/addresses"
	args+=("$arg")
done
exec "$HANDBOOK_CURL" "\${args[@]}"`

interface Scratch {
	readonly folder: string
	readonly env: NodeJS.ProcessEnv
}

async function scratch(): Promise<Scratch> {
	const folder = temporaryDirectory()
	const state = temporaryDirectory()
	const bin = join(state, 'bin')
	mkdirSync(bin)
	for (const name of TOP) symlinkSync(pathOf(name), join(folder, name))
	const program = (name: string, text: string) => {
		writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${text}\n`)
		chmodSync(join(bin, name), 0o755)
	}
	const standIn = (name: string) =>
		`exec "${process.execPath}" "${pathOf(`dist/test/docs/stand-ins/${name}.js`)}" "$@"`
	program('vigil', standIn('vigil'))
	program('npm', standIn('npm'))
	program(
		'node',
		`if [ "$1" = dist/vigil.js ]; then shift; exec vigil "$@"; fi\nexec "${process.execPath}" "$@"`,
	)
	program('curl', CURL)
	for (const name of GIVEN_PATHS) program(name, CHECK_PATHS)
	const recording = await loadRecording(pathOf('src/recording/embedded/steady.vigil.gz'))
	const replay = await replayed(recording)
	const [a = '', b = ''] = replay.nodes.map(({ url }) => new URL(url).host)
	const addresses = [`l1:8545 ${new URL(replay.l1Url).host}`, `op-node-a:9645 ${a}`, `op-node-b:9645 ${b}`]
	writeFileSync(join(state, 'addresses'), `${addresses.join('\n')}\n`)
	writeFileSync(join(folder, 'jwt.txt'), replay.jwtSecret.toString('hex'))
	writeFileSync(join(folder, 'dependency-set.json'), JSON.stringify(recording.dependencySet))
	for (const { chainId, rollup } of recording.chains)
		writeFileSync(join(folder, `rollup-${chainId}.json`), JSON.stringify(rollup))
	afterTest(() => endAll(state))
	const { PATH = '' } = process.env
	const curl = PATH.split(delimiter)
		.map((path) => join(path, 'curl'))
		.find(existsSync)
	if (curl === undefined) throw new Error('curl is not installed: commands of the handbook need it')
	return {
		folder,
		env: {
			PATH: `${bin}:${PATH}`,
			HOME: folder,
			HANDBOOK_STATE: state,
			HANDBOOK_MAIN: pathOf('dist/vigil.js'),
			HANDBOOK_CURL: curl,
		},
	}
}

/** Ends what still serves. */
async function endAll(state: string): Promise<void> {
	const file = join(state, 'processes')
	if (!existsSync(file)) return
	const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number)
	const signal = (pid: number, name: NodeJS.Signals | 0) => {
		try {
			return process.kill(pid, name)
		} catch {
			return false // It has ended.
		}
	}
	for (const pid of pids) signal(pid, 'SIGTERM')
	await until('everything to have ended', () => pids.every((pid) => !signal(pid, 0)))
}

function run(block: string, { folder, env }: Scratch): Promise<{ code: number | null; said: string }> {
	const child = spawn('bash', ['-euo', 'pipefail', '-c', `${block}\nwait`], {
		cwd: folder,
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
	})
	let said = ''
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (chunk: string) => {
			said += chunk
		})
	return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })))
}

it('a command that is wrong is noticed', async () => {
	const place = await scratch()
	const wrong = [
		'vigil status --rcp http://localhost:8545',
		'vigil start --l1-rpc http://l1:8545',
		'docker compose --file docs/nowhere.yaml up',
		'npm run nothing',
		'npm run bench -- --nowhere 2',
		'curl -s localhost:1/healthz',
		'sudo install -D docs/nothing.service /etc/systemd/system/vigil.service',
	]
	for (const block of wrong) expect((await run(block, place)).code, block).not.toBe(0)
})

it.each(DOCUMENTS.filter((document) => shellBlocks(document).length > 0))(
	'the commands of %s do what they say',
	async (document) => {
		const place = await scratch()
		for (const block of shellBlocks(document)) {
			const { code, said } = await run(block, place)
			expect(code, `${block}\n${said}`).toBe(0)
			expect(said, block).not.toMatch(/"error":\s*\{/)
			if (process.env.HANDBOOK_SHOW !== undefined) process.stderr.write(`$ ${block}${said}\n`)
		}
	},
	TIMEOUT_MS,
)
