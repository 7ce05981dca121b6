import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ClusterConfig } from '../src/config/cluster-config.js'
import type { LoadRequest, LoadResult, ReaderRequest } from './api-messages.js'

/** A child process that answers one request at a time. */
class Child {
	readonly #child: ChildProcess

	constructor(file: string) {
		const path = fileURLToPath(new URL(file, import.meta.url))
		this.#child = fork(path, { serialization: 'advanced', execArgv: [] })
	}

	async ask(request: object): Promise<unknown> {
		const ended = new AbortController()
		const onExit = () => ended.abort(new Error('a process of the bench has ended'))
		this.#child.once('exit', onExit)
		try {
			this.#child.send(request)
			const [answer] = await once(this.#child, 'message', { signal: ended.signal })
			return answer
		} finally {
			this.#child.off('exit', onExit)
		}
	}

	close(): void {
		this.#child.kill()
	}
}

/** Asks servers from a process of its own. */
export class LoadProcess {
	readonly #child = new Child('./api-load-process.js')

	async run(request: LoadRequest): Promise<LoadResult> {
		const result = (await this.#child.ask(request)) as LoadResult
		if (result.refused > 0) throw new Error(`${result.refused} of ${result.calls} calls were refused`)
		return result
	}

	close(): void {
		this.#child.close()
	}
}

/** A process that serves the API read-only. */
export class ReaderProcess {
	readonly #child = new Child('./api-reader-process.js')

	/** Resolves with its port. */
	async start(cluster: ClusterConfig, directory: string): Promise<number> {
		return (await this.#ask({ kind: 'start', cluster, directory })) as number
	}

	/** CPU time so far, in milliseconds. */
	async cpuMs(): Promise<number> {
		return (await this.#ask({ kind: 'cpu' })) as number
	}

	close(): void {
		this.#child.close()
	}

	#ask(request: ReaderRequest): Promise<unknown> {
		return this.#child.ask(request)
	}
}
