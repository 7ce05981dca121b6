import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import type { ClusterChange } from './cluster-change.js'
import { encodeCutNews } from './cluster-methods.js'
import type { CutFollower } from './cut-follower.js'
import type { Dispatcher } from './dispatcher.js'
import { type AnswerText, textOf } from './json-rpc.js'
import type { Caller } from './method.js'
import type { RpcLimits } from './rpc-limits.js'
import type { StateWatch } from './state-watch.js'
import { notification, resultFor, type Subscriber, type Topic } from './subscriptions.js'

/** Codes of RFC 6455. */
const POLICY_VIOLATION = 1008

/** A client that does not read its close frame either is cut off. */
const CLOSE_MS = 1_000

export interface SocketSessionModules {
	readonly log: Logger
	readonly dispatcher: Dispatcher
	readonly watch: StateWatch
}

/**
 * One WebSocket client: answers its messages, several at a time, and tells it what it subscribed to. What it has sent
 * and what it has not read yet are bounded: it is not read while it is behind, and closed if it is told more than it
 * takes.
 */
export class SocketSession implements Subscriber {
	readonly #socket: WebSocket
	readonly #limits: RpcLimits
	readonly #modules: SocketSessionModules
	readonly #caller: Caller
	readonly #topics = new Map<string, Topic>()
	/** Subscriptions whose ids the client does not know yet: what is now is told after the answer. */
	readonly #starting = new Set<string>()
	readonly #messages: Buffer[] = []
	readonly #onChanges = (changes: readonly ClusterChange[]) => this.#tell(changes)
	#answering = 0
	#isWorking = false

	constructor(
		socket: WebSocket,
		caller: Omit<Caller, 'subscriber'>,
		limits: RpcLimits,
		modules: SocketSessionModules,
	) {
		this.#socket = socket
		this.#limits = limits
		this.#modules = modules
		this.#caller = { ...caller, subscriber: this }
		socket.on('message', (data: Buffer) => this.#received(data))
		socket.on('close', () => this.#end())
	}

	subscribe(topic: Topic): string | undefined {
		if (this.#topics.size >= this.#limits.subscriptionsPerSocket) return undefined
		const id = `0x${randomBytes(16).toString('hex')}`
		this.#topics.set(id, topic)
		this.#starting.add(id)
		return id
	}

	unsubscribe(id: string): boolean {
		const existed = this.#topics.delete(id)
		if (this.#topics.size === 0) this.#modules.watch.forget(this.#onChanges)
		return existed
	}

	#received(message: Buffer): void {
		this.#messages.push(message)
		this.#work()
	}

	/** Answers what there is, as far as the client keeps up. */
	#work(): void {
		if (this.#isWorking) return
		this.#isWorking = true
		while (!this.#isBehind && this.#messages.length > 0) {
			const message = this.#messages.shift() ?? Buffer.alloc(0)
			this.#answering++
			const answer = this.#modules.dispatcher.answer(message, this.#caller)
			if (answer instanceof Promise) void answer.then((text) => this.#answered(text))
			else this.#answered(answer)
		}
		this.#isWorking = false
		if (this.#isBehind) this.#socket.pause()
		else this.#socket.resume()
	}

	get #isBehind(): boolean {
		return (
			this.#answering >= this.#limits.messagesPerSocket ||
			this.#socket.bufferedAmount > this.#limits.unreadBytesPerSocket
		)
	}

	#answered(answer: AnswerText): void {
		this.#answering--
		// Bytes would go as a binary message.
		if (answer !== undefined && this.#socket.readyState === this.#socket.OPEN)
			this.#socket.send(textOf(answer), () => this.#work())
		else this.#work()
		for (const id of this.#starting) this.#start(id)
	}

	#start(id: string): void {
		const topic = this.#topics.get(id)
		if (topic !== undefined) this.#tellOne(id, topic, this.#modules.watch.listen(this.#onChanges))
		this.#starting.delete(id)
	}

	#tell(changes: readonly ClusterChange[]): void {
		for (const [id, topic] of this.#topics) if (!this.#starting.has(id)) this.#tellOne(id, topic, changes)
	}

	#tellOne(id: string, topic: Topic, changes: readonly ClusterChange[]): void {
		if (topic.kind === 'cuts') this.#tellCuts(id, topic.cuts)
		for (const change of changes) {
			if (this.#socket.readyState !== this.#socket.OPEN || !this.#topics.has(id)) return
			const result = resultFor(topic, change)
			if (result !== undefined) this.#socket.send(notification(id, result))
		}
		const unread = this.#socket.bufferedAmount
		if (unread <= this.#limits.unreadBytesPerSocket) return
		this.close(POLICY_VIOLATION, `too slow: ${unread} bytes are unread`)
	}

	/** A store that cannot be read is no reason to keep others from their news; the next change tells what is left. */
	#tellCuts(id: string, cuts: CutFollower): void {
		try {
			for (const news of cuts.next()) this.#socket.send(notification(id, encodeCutNews(news), 'cluster'))
		} catch (error) {
			this.#modules.log.error({ err: error }, 'a subscriber cannot be told of cuts')
		}
	}

	/** Says why, and makes sure that it ends. */
	close(code: number, reason: string): void {
		if (this.#socket.readyState !== this.#socket.OPEN) return
		this.#modules.log.info({ client: this.#caller.client, reason }, 'a WebSocket is closed')
		this.#socket.close(code, reason)
		setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref()
	}

	#end(): void {
		this.#topics.clear()
		this.#messages.length = 0
		this.#modules.watch.forget(this.#onChanges)
	}
}
