import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Environment } from '../../src/config/resolve-options.js'
import type { BlockId } from '../../src/protocol/block.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { type Program, startVigil } from '../commands/vigil.js'
import { afterTest, temporaryDirectory } from './cleanup.js'
import { withDeadline } from './deadline.js'

interface Heads {
	readonly chains: Readonly<
		Record<string, Readonly<Record<'localUnsafe' | 'localSafe' | 'crossUnsafe' | 'safe', BlockId>>>
	>
}

/** What the compiled program needs to supervise a replay: its files, and the flags that name them. */
export function settingsFor(recording: Recording, replay: Replay, datadir: string): string[] {
	const directory = temporaryDirectory()
	const write = (name: string, content: string) => {
		writeFileSync(join(directory, name), content)
		return join(directory, name)
	}
	mkdirSync(join(directory, 'rollups'))
	for (const { chainId, rollup } of recording.chains) write(`rollups/${chainId}.json`, JSON.stringify(rollup))
	return [
		'start',
		`--l1-rpc=${replay.l1WsUrl}`,
		`--l2-consensus.nodes=${replay.nodes.map(({ url }) => url).join(',')}`,
		`--l2-consensus.jwt-secret=${write('jwt.txt', replay.jwtSecret.toString('hex'))}`,
		`--dependency-set=${write('dependency-set.json', JSON.stringify(recording.dependencySet))}`,
		`--rollup-config-paths=${join(directory, 'rollups/*.json')}`,
		`--confirmation-depth=${recording.confirmationDepth}`,
		'--index.threads=1',
		'--rpc.addr=127.0.0.1',
		'--rpc.port=0',
		'--log.format=json',
		`--datadir=${datadir}`,
	]
}

/** `vigil start` in a process of its own, until the end of the test. */
export class VigilProcess {
	readonly #child: ChildProcess
	readonly #ended: Promise<number | null>
	readonly #rpcPort: Promise<number>
	/** What it has printed so far. */
	stdout = ''
	stderr = ''
	readonly #waiting = new Set<() => void>()

	constructor(settings: readonly string[], env: Environment = {}, program?: Program) {
		const child = startVigil(settings, env, undefined, program)
		this.#child = child
		this.#ended = once(child, 'close').then(([code]) => code as number | null)
		child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
			this.stderr += chunk
		})
		this.#rpcPort = new Promise((resolve) => {
			createInterface({ input: child.stdout }).on('line', (line) => {
				this.stdout += `${line}\n`
				for (const look of this.#waiting) look()
				if (!line.includes('RPC server bound to address')) return
				const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1]
				if (port !== undefined) resolve(Number(port))
			})
		})
		afterTest(() => this.kill())
	}

	get pid(): number {
		return this.#child.pid ?? Number.NaN
	}

	/** As `kill -9` does it. Resolves when the process is gone. */
	async kill(): Promise<void> {
		this.#child.kill('SIGKILL')
		await this.#ended
	}

	/** Asks it to stop, and resolves with its exit code. */
	terminate(): Promise<number | null> {
		this.#child.kill('SIGTERM')
		return this.#ended
	}

	/** Resolves with the exit code of a process that ends by itself. */
	ended(): Promise<number | null> {
		return withDeadline('the end of the process', this.#ended)
	}

	/** The port of its RPC server, once it listens. */
	port(): Promise<number> {
		return withDeadline(() => `the RPC server; stderr: ${this.stderr}`, this.#rpcPort)
	}

	/** Resolves when its stdout holds the text. */
	async printed(text: string): Promise<void> {
		let look: () => void = () => undefined
		const found = new Promise<void>((resolve) => {
			look = () => {
				if (this.stdout.includes(text)) resolve()
			}
		})
		this.#waiting.add(look)
		look()
		try {
			await withDeadline(() => `"${text}" on stdout; stderr: ${this.stderr}`, found)
		} finally {
			this.#waiting.delete(look)
		}
	}

	/** Its log lines so far, which are JSON. */
	get lines(): readonly Readonly<Record<string, unknown>>[] {
		return this.stdout
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line) as Record<string, unknown>)
	}

	/** Heads of all chains, as it serves them; undefined while it has none. */
	async heads(): Promise<Heads['chains'] | undefined> {
		const answer = await fetch(`http://127.0.0.1:${await this.port()}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'supervisor_syncStatus', params: [] }),
		})
		return ((await answer.json()) as { result?: Heads }).result?.chains
	}

	/** Resolves when it serves the recorded heads of all chains, and the cross heads have come up to them. */
	async reaches(recording: Recording): Promise<void> {
		let last: Heads['chains'] | undefined
		let over = false
		const look = async () => {
			while (!over) {
				last = await this.heads()
				const same = [...recording.heads].every(([chainId, { localUnsafe, localSafe }]) => {
					const served = last?.[`${chainId}`]
					return (
						served?.localUnsafe.hash === localUnsafe?.hash &&
						served?.crossUnsafe.hash === localUnsafe?.hash &&
						served?.localSafe.hash === localSafe?.derived.hash &&
						served?.safe.hash === localSafe?.derived.hash
					)
				})
				if (same) return
				await new Promise((resolve) => setTimeout(resolve, 20))
			}
		}
		try {
			await withDeadline(() => `the recorded heads; there are ${JSON.stringify(last)}`, look())
		} finally {
			over = true
		}
	}
}
