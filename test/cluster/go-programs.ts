import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Reaper } from './reaper.js'

/** A Go module, and the programs that are built with the versions that it names. */
export interface GoModule<Name extends string> {
	/** What is built, for people. */
	readonly name: string
	/** The folder of go.mod. */
	readonly directory: string
	/** Files of the folder that decide, beside go.mod and go.sum, what is built. */
	readonly sources: readonly string[]
	/** The programs, each with its package. */
	readonly packages: Readonly<Record<Name, string>>
}

/** Go is needed to build the peers. */
export class GoMissingError extends Error {
	override readonly name = 'GoMissingError'
	constructor() {
		super(
			'Go is not on the PATH. Install Go 1.24 or newer: the programs of the stack (op-node, op-supervisor, ...) are built with it.',
		)
	}
}

/** `go build` failed. */
export class GoBuildError extends Error {
	override readonly name = 'GoBuildError'
	constructor(readonly program: string) {
		super(`${program} could not be built; go says why above`)
	}
}

export function hasGo(): boolean {
	return spawnSync('go', ['version']).status === 0
}

/**
 * Builds the programs of a Go module, or takes those of an earlier run with the same sources.
 * @param say is told what takes time
 * @param signal ends a build
 * @returns the path of each program
 * @throws GoMissingError, GoBuildError, or the signal's reason
 */
export async function buildPrograms<Name extends string>(
	module: GoModule<Name>,
	say: (line: string) => void,
	signal: AbortSignal,
): Promise<Readonly<Record<Name, string>>> {
	const directory = join(cacheDirectory(), hashOf(module))
	if (!existsSync(directory)) {
		if (!hasGo()) throw new GoMissingError()
		await buildAll(module, { directory, say, signal })
	}
	const paths = namesOf(module).map((name) => [name, join(directory, name)])
	return Object.fromEntries(paths) as Record<Name, string>
}

/** Either all programs are in the directory afterwards, or it is not there. */
async function buildAll<Name extends string>(
	module: GoModule<Name>,
	{ directory, say, signal }: { directory: string; say: (line: string) => void; signal: AbortSignal },
): Promise<void> {
	const unfinished = `${directory}.${process.pid}`
	mkdirSync(unfinished, { recursive: true })
	const reaper = new Reaper()
	try {
		say(`building ${module.name} into ${directory}`)
		for (const name of namesOf(module)) {
			const started = performance.now()
			await build(module, name, { directory: unfinished, reaper, signal })
			say(`built ${name} in ${Math.round((performance.now() - started) / 1000)} s`)
		}
		// Another run may have built them meanwhile.
		if (!existsSync(directory)) renameSync(unfinished, directory)
	} finally {
		await reaper.close()
		rmSync(unfinished, { recursive: true, force: true })
	}
}

async function build<Name extends string>(
	module: GoModule<Name>,
	name: Name,
	{ directory, reaper, signal }: { directory: string; reaper: Reaper; signal: AbortSignal },
): Promise<void> {
	signal.throwIfAborted()
	const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags=-s -w']
	const child = spawn('go', [...args, '-o', join(directory, name), module.packages[name]], {
		cwd: module.directory,
		stdio: ['ignore', 'inherit', 'inherit'],
		// A group of its own: go starts compilers, which must end with it.
		detached: true,
	})
	const code = await endOf(child, reaper, signal)
	signal.throwIfAborted()
	if (code !== 0) throw new GoBuildError(name)
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

function hashOf({ directory, sources }: GoModule<string>): string {
	const hash = createHash('sha256')
	for (const source of ['go.mod', 'go.sum', ...sources])
		hash.update(readFileSync(join(directory, source))).update('\0')
	return hash.digest('hex').slice(0, 16)
}

function namesOf<Name extends string>({ packages }: GoModule<Name>): Name[] {
	return Object.keys(packages) as Name[]
}
