import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type {
	FakeClusterAnswer,
	FakeClusterRequest,
	FakeClusterSource,
	LoadedCluster,
	NewestNotes,
	NodeNews,
	ReplayRequest,
	ServedReplay,
} from './fake-cluster-messages.js'

/** L1 and managed nodes that run in a child process. */
export class FakeCluster {
	readonly #child: ChildProcess
	readonly loaded: LoadedCluster

	private constructor(child: ChildProcess, loaded: LoadedCluster) {
		this.#child = child
		this.loaded = loaded
	}

	/** Starts the process and has it load or make what it will serve, which may take half a minute. */
	static async start(source: FakeClusterSource): Promise<FakeCluster> {
		const file = fileURLToPath(new URL('./fake-cluster-process.js', import.meta.url))
		// Flags of this process (a profiler's, say) are not for the child.
		const child = fork(file, { serialization: 'advanced', execArgv: [] })
		try {
			return new FakeCluster(child, (await ask(child, { kind: 'load', source })) as LoadedCluster)
		} catch (error) {
			child.kill()
			throw error
		}
	}

	/** Serves everything from the start; what was served before is closed. */
	async replay(request: ReplayRequest): Promise<ServedReplay> {
		return (await ask(this.#child, { kind: 'replay', ...request })) as ServedReplay
	}

	/** What the nodes of this replay have said so far. */
	async news(): Promise<NodeNews> {
		return (await ask(this.#child, { kind: 'news' })) as NodeNews
	}

	/** How far the nodes of this replay have come: cheaper than all news, to be asked for again and again. */
	async newest(): Promise<NewestNotes> {
		return (await ask(this.#child, { kind: 'newest' })) as NewestNotes
	}

	/** CPU time of the fake nodes so far, in milliseconds. */
	async cpuMs(): Promise<number> {
		const { user, system } = (await ask(this.#child, { kind: 'cpu' })) as NodeJS.CpuUsage
		return (user + system) / 1000
	}

	close(): void {
		this.#child.kill()
	}
}

/** One request at a time; an answer of the same process always has the type that belongs to the request. */
async function ask(child: ChildProcess, request: FakeClusterRequest): Promise<unknown> {
	const ended = new AbortController()
	const onExit = () => ended.abort(new Error('the process of the fake nodes has ended'))
	child.once('exit', onExit)
	try {
		child.send(request)
		const [answer] = (await once(child, 'message', { signal: ended.signal })) as [FakeClusterAnswer]
		if (!answer.ok) throw new Error(`fake nodes: ${answer.error}`)
		return answer.value
	} finally {
		child.off('exit', onExit)
	}
}
