import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Reaper } from './reaper.js'

const MODULE = fileURLToPath(new URL('../../../test/cluster/peers/', import.meta.url))

/** What decides what is built. */
const SOURCES = ['go.mod', 'go.sum', 'op-node/main.go']

const OPTIMISM = 'github.com/ethereum-optimism/optimism'

/** The programs, each with its package. The first build of op-node compiles most of what the others need. */
const PACKAGES = {
	'op-node': './op-node',
	'op-geth': 'github.com/ethereum/go-ethereum/cmd/geth',
	'op-batcher': `${OPTIMISM}/op-batcher/cmd`,
	'op-supervisor': `${OPTIMISM}/op-supervisor/cmd`,
} as const

export type Peer = keyof typeof PACKAGES

/** The path of each program. */
export type Peers = Readonly<Record<Peer, string>>

/** Go is needed to build the peers. */
export class GoMissingError extends Error {
	override readonly name = 'GoMissingError'
	constructor() {
		super(
			'Go is not on the PATH. Install Go 1.24 or newer: op-node, op-geth and op-batcher are built with it.',
		)
	}
}

/** `go build` failed. */
export class PeerBuildError extends Error {
	override readonly name = 'PeerBuildError'
	constructor(readonly peer: Peer) {
		super(`${peer} could not be built; go says why above`)
	}
}

export function hasGo(): boolean {
	return spawnSync('go', ['version']).status === 0
}

/**
 * Builds the peers from the Go module in `peers/`, or takes those of an earlier run with the same sources.
 * @param say is told what takes time
 * @param signal ends a build
 * @throws GoMissingError, PeerBuildError, or the signal's reason
 */
export async function buildPeers(say: (line: string) => void, signal: AbortSignal): Promise<Peers> {
	const directory = join(cacheDirectory(), sourcesHash())
	if (!existsSync(directory)) {
		if (!hasGo()) throw new GoMissingError()
		await buildAll(directory, say, signal)
	}
	const pathOf = (peer: Peer) => join(directory, peer)
	return {
		'op-node': pathOf('op-node'),
		'op-geth': pathOf('op-geth'),
		'op-batcher': pathOf('op-batcher'),
		'op-supervisor': pathOf('op-supervisor'),
	}
}

/** Either all programs are in the directory afterwards, or it is not there. */
async function buildAll(directory: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
	const unfinished = `${directory}.${process.pid}`
	mkdirSync(unfinished, { recursive: true })
	const reaper = new Reaper()
	try {
		say(`building the peers into ${directory}`)
		for (const peer of Object.keys(PACKAGES) as Peer[]) {
			const started = performance.now()
			await build(peer, { directory: unfinished, reaper, signal })
			say(`built ${peer} in ${Math.round((performance.now() - started) / 1000)} s`)
		}
		// Another run may have built them meanwhile.
		if (!existsSync(directory)) renameSync(unfinished, directory)
	} finally {
		await reaper.close()
		rmSync(unfinished, { recursive: true, force: true })
	}
}

async function build(
	peer: Peer,
	{ directory, reaper, signal }: { directory: string; reaper: Reaper; signal: AbortSignal },
): Promise<void> {
	signal.throwIfAborted()
	const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags=-s -w']
	const child = spawn('go', [...args, '-o', join(directory, peer), PACKAGES[peer]], {
		cwd: MODULE,
		stdio: ['ignore', 'inherit', 'inherit'],
		// A group of its own: go starts compilers, which must end with it.
		detached: true,
	})
	const code = await endOf(child, reaper, signal)
	signal.throwIfAborted()
	if (code !== 0) throw new PeerBuildError(peer)
}

async function endOf(child: ChildProcess, reaper: Reaper, signal: AbortSignal): Promise<number | null> {
	await once(child, 'spawn')
	reaper.watch(child)
	const kill = () => {
		if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
	}
	const exit = once(child, 'exit')
	signal.addEventListener('abort', kill, { once: true })
	if (signal.aborted) kill()
	const [code] = (await exit) as [number | null]
	signal.removeEventListener('abort', kill)
	reaper.forget(child)
	return code
}

function cacheDirectory(): string {
	return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vigil', 'peers')
}

function sourcesHash(): string {
	const hash = createHash('sha256')
	for (const source of SOURCES) hash.update(readFileSync(join(MODULE, source))).update('\0')
	return hash.digest('hex').slice(0, 16)
}
