import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { NodeEventsUnsupportedError, NodeRpcError, NodeTimeoutError } from '../../src/node/errors.js'
import { ManagedNode, type ManagedNodeOptions } from '../../src/node/managed-node.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { closeLater, log } from './cleanup.js'
import { type HttpAnswering, HttpNodeServer } from './http-node-server.js'
import {
	answerAll,
	answerText,
	errorText,
	eventText,
	NodeServer,
	type Reply,
	type RpcCall,
	SECRET,
} from './node-server.js'

const CHAIN_901 = parseChainId('901', 'chain')
const FAST = { minDelayMs: 1, maxDelayMs: 10 }

/** A node's events: pushed to the one subscription there is, or queued; a pull ends the subscription. */
class Events {
	queue: unknown[] = []
	/** Answers pulls instead of the queue. */
	instead: ((call: RpcCall, reply: Reply) => void) | undefined
	subscriptions = 0
	pulls = 0
	#subscriber: Reply | undefined

	push(event: unknown): void {
		if (this.#subscriber === undefined) this.queue.push(event)
		else this.#subscriber.send(eventText(`0x${this.subscriptions}`, event))
	}

	subscribe(call: RpcCall, reply: Reply): void {
		this.queue = []
		this.#subscriber = reply
		reply.send(answerText(call.id, `0x${++this.subscriptions}`))
	}

	pull(call: RpcCall, reply: Reply): void {
		this.pulls++
		this.endSubscription()
		if (this.instead !== undefined) this.instead(call, reply)
		else if (this.queue.length > 0) reply.send(answerText(call.id, this.queue.shift()))
		else reply.send(errorText(call.id, -39001, 'out of events'))
	}

	endSubscription(): void {
		const subscription = `0x${this.subscriptions}`
		const params = { subscription, result: { data: null, close: true } }
		this.#subscriber?.send(JSON.stringify({ jsonrpc: '2.0', method: 'interop_subscription', params }))
		this.#subscriber = undefined
	}

	/** Answers as a node that pushes, if `refusal` does not say why not. */
	answering(refusal?: { code: number; message: string }): (call: RpcCall, reply: Reply) => void {
		return (call, reply) => {
			if (call.method === 'interop_pullEvent') this.pull(call, reply)
			else if (call.method !== 'interop_subscribe') {
				answerAll({ interop_chainID: '901', interop_provideL1: null })(call, reply)
			} else if (refusal === undefined) this.subscribe(call, reply)
			else reply.send(errorText(call.id, refusal.code, refusal.message))
		}
	}
}

const OVER_HTTP = { code: -32601, message: 'notifications not supported' }

function makeNode(url: string, options: Partial<ManagedNodeOptions> = {}): ManagedNode {
	return closeLater(
		new ManagedNode({ url, jwtSecret: SECRET, expected: CHAIN_901, reconnect: FAST, ...options }, { log }),
	)
}

async function ready(url: string, options: Partial<ManagedNodeOptions> = {}): Promise<ManagedNode> {
	const node = makeNode(url, options)
	node.start()
	await once(node, 'ready')
	return node
}

async function overHttp(events = new Events(), options: Partial<ManagedNodeOptions> = {}) {
	const server = await closeLater(new HttpNodeServer(events.answering(OVER_HTTP))).listen()
	return { server, events, node: await ready(server.url, options) }
}

async function overWebSocket(
	refusal?: { code: number; message: string },
	options: Partial<ManagedNodeOptions> = {},
) {
	const events = new Events()
	const server = await closeLater(new NodeServer(events.answering(refusal))).listen()
	return { server, events, node: await ready(server.url, options) }
}

/** Collects the reasons of `reset` events, and resolves when `last` has come. */
function resets(node: ManagedNode, last: string): { seen: string[]; done: Promise<void> } {
	const seen: string[] = []
	const done = new Promise<void>((resolve) => {
		node.on('event', ({ reset }) => {
			if (reset !== undefined) seen.push(reset)
			if (reset === last) resolve()
		})
	})
	return { seen, done }
}

const reasons = (count: number) => Array.from({ length: count }, (_, number) => `${number}`)

test('events of a node over HTTP are pulled one after the other, in order, each once', async () => {
	const { server, events, node } = await overHttp()
	expect(server.countOf('interop_subscribe')).toBe(0)
	const { seen, done } = resets(node, '49')
	for (const reset of reasons(50)) events.push({ reset })
	await done
	expect(seen).toEqual(reasons(50))
	const later = resets(node, 'later')
	await server.called(server.countOf('interop_pullEvent') + 2, 'interop_pullEvent')
	events.push({ reset: 'later' })
	await later.done
})

test('events are asked for soon after a call that has the node derive, and then every 100 ms again', async () => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: false })
	try {
		const { server, events, node } = await overHttp()
		const pulled = async (count: number) => {
			await server.called(count, 'interop_pullEvent')
			// The answer, and what follows from it.
			for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
		}
		await pulled(2)
		vi.advanceTimersByTime(99)
		await pulled(2)
		expect(events.pulls).toBe(2)
		await node.provideL1(block(1))
		await pulled(3)
		for (const [index, waitMs] of [2, 4, 8, 16, 32, 64, 100, 100].entries()) {
			vi.advanceTimersByTime(waitMs - 1)
			await pulled(3 + index)
			expect(events.pulls).toBe(3 + index)
			vi.advanceTimersByTime(1)
			await pulled(4 + index)
			expect(events.pulls).toBe(4 + index)
		}
	} finally {
		vi.useRealTimers()
	}
})

test('what was queued before the node is ready is thrown away, as a subscription does', async () => {
	const events = new Events()
	for (const reset of reasons(30)) events.push({ reset })
	const { node } = await overHttp(events)
	const { seen, done } = resets(node, 'new')
	events.push({ reset: 'new' })
	await done
	expect(seen).toEqual(['new'])
})

test('a node whose queue never gets empty is ready all the same', async () => {
	const events = new Events()
	let number = 0
	events.instead = (call, reply) => reply.send(answerText(call.id, { reset: `${number++}` }))
	const { node } = await overHttp(events)
	const [event] = await once(node, 'event')
	expect(event).toEqual({ reset: '100' })
})

test.each([
	['over HTTP', overHttp],
	['over WebSocket', () => overWebSocket(OVER_HTTP)],
])('the spellings of the published document are understood in pulled events %s', async (_name, start) => {
	const { events, node } = await start()
	const ref = { hash: `0x${'1'.repeat(64)}`, number: 5, parentHash: `0x${'2'.repeat(64)}`, timestamp: 10 }
	const pair = { source: ref, derived: ref }
	const emitted = once(node, 'event')
	events.push({ UnsafeBlock: ref, DerivationUpdate: pair, ExhaustL1: pair, DerivationOriginUpdate: ref })
	expect(await emitted).toEqual([
		{ unsafeBlock: ref, derivationUpdate: pair, exhaustL1: pair, derivationOriginUpdate: ref },
	])
})

test('while paused nothing is pulled, and then it goes on in order', async () => {
	const { server, events, node } = await overHttp()
	const { seen, done } = resets(node, '9')
	const paused = new Promise<void>((resolve) => {
		node.once('event', () => {
			node.pause()
			resolve()
		})
	})
	for (const reset of reasons(10)) events.push({ reset })
	await paused
	const { pulls } = events
	// Other calls are answered meanwhile, as many as would give a pull its time.
	for (let call = 0; call < 200; call++) await node.updateFinalized(block(1)).catch(() => undefined)
	expect(events.pulls).toBe(pulls)
	expect(seen).toEqual(['0'])
	node.resume()
	await done
	expect(seen).toEqual(reasons(10))
	expect(server.countOf('interop_pullEvent')).toBe(events.pulls)
})

test('an event with junk is reported and costs nothing', async () => {
	const { events, node } = await overHttp()
	const malformed = once(node, 'malformed')
	const { done } = resets(node, 'next')
	for (const event of [null, 7, 'reset', { unsafeBlock: { hash: '0x12' } }, { reset: 'next' }])
		events.push(event)
	await malformed
	await done
	expect(node.state).toBe('ready')
})

test('errors of a pull are waited out; when they do not end the node is down, and ready when they do', async () => {
	const { events, node } = await overHttp()
	let failures = 0
	events.instead = (call, reply) => {
		if (++failures < 3) reply.send(errorText(call.id, -32603, 'not now'))
		else {
			events.instead = undefined
			reply.send(answerText(call.id, { reset: 'after all' }))
		}
	}
	const downs: Error[] = []
	node.on('down', (reason) => downs.push(reason))
	await resets(node, 'after all').done
	expect(downs).toEqual([])
	events.instead = (call, reply) => reply.send(errorText(call.id, -32603, 'never again'))
	const [reason] = await once(node, 'down')
	expect(reason).toBeInstanceOf(NodeRpcError)
	expect(reason.message).toContain('never again')
	const isReady = once(node, 'ready')
	events.instead = undefined
	await isReady
})

test('a pull whose answer is lost may have taken an event along: the node is down and ready anew', async () => {
	const { server, events, node } = await overHttp(new Events(), { callTimeoutMs: 5_000 })
	events.instead = () => {
		events.instead = undefined
		for (const socket of server.sockets) socket.destroy()
	}
	await once(node, 'down')
	await once(node, 'ready')
})

test('a pull that is not answered costs the connection', async () => {
	const { events, node } = await overHttp(new Events(), { callTimeoutMs: 50 })
	events.instead = () => undefined
	const [reason] = await once(node, 'down')
	expect(reason.cause ?? reason).toBeInstanceOf(NodeTimeoutError)
	events.instead = undefined
	await once(node, 'ready')
})

test('a node over HTTP that restarts is down, then ready, and its events come again', async () => {
	const { server, events, node } = await overHttp()
	const down = once(node, 'down')
	await server.stop()
	await down
	await expect(node.provideL1(block(1))).rejects.toThrow('not connected')
	const isReady = once(node, 'ready')
	await server.listen()
	await isReady
	await node.provideL1(block(1))
	const { done } = resets(node, 'new')
	events.push({ reset: 'new' })
	await done
})

test.each([
	[-32601, 'notifications not supported'],
	[-32601, 'the method interop_subscribe does not exist/is not available'],
	[-32000, 'notifications not supported'],
])('events of a WebSocket node without subscriptions (%i %s) are pulled', async (code, message) => {
	const { server, events, node } = await overWebSocket({ code, message })
	const { seen, done } = resets(node, '9')
	for (const reset of reasons(10)) events.push({ reset })
	await done
	expect(seen).toEqual(reasons(10))
	// On the next connection there may be another version of the node.
	server.answering = events.answering()
	const isReady = once(node, 'ready')
	for (const socket of server.sockets) socket.terminate()
	await isReady
	expect(events.subscriptions).toBe(1)
})

test('a node with neither subscriptions nor pulling is refused', async () => {
	const server = await closeLater(new NodeServer(answerAll({ interop_chainID: '901' }))).listen()
	const node = makeNode(server.url)
	node.start()
	const [reason] = await once(node, 'refused')
	expect(reason).toBeInstanceOf(NodeEventsUnsupportedError)
	const http: HttpAnswering = answerAll({ interop_chainID: '901' })
	const other = makeNode((await closeLater(new HttpNodeServer(http)).listen()).url)
	other.start()
	expect((await once(other, 'refused'))[0]).toBeInstanceOf(NodeEventsUnsupportedError)
})

test('a subscription that ends twice soon after it was made is replaced by pulling, and tried again later', async () => {
	const { events, node } = await overWebSocket(undefined, { events: { minPullingMs: 30 } })
	const ready = async () => void (await once(node, 'ready'))
	events.endSubscription()
	await ready()
	expect([events.subscriptions, events.pulls]).toEqual([2, 0])
	events.endSubscription()
	await ready()
	expect(events.subscriptions).toBe(2)
	expect(events.pulls).toBeGreaterThan(0)
	const pulled = resets(node, 'pulled')
	events.push({ reset: 'pulled' })
	await pulled.done
	await ready()
	expect(events.subscriptions).toBe(3)
	const pushed = resets(node, 'pushed')
	const { pulls } = events
	events.push({ reset: 'pushed' })
	await pushed.done
	expect(events.pulls).toBe(pulls)
})

test('a subscription that was good for long is made again however often it ends', async () => {
	const { events, node } = await overWebSocket(undefined, { events: { stableSubscriptionMs: 0 } })
	for (let round = 2; round < 6; round++) {
		events.endSubscription()
		await once(node, 'ready')
		expect([events.subscriptions, events.pulls]).toEqual([round, 0])
	}
})

test('two supervisors at one node do not take its events from each other in a loop', async () => {
	const { server, events, node } = await overWebSocket()
	const other = makeNode(server.url)
	const readies: ManagedNode[] = []
	for (const each of [node, other]) each.on('ready', () => readies.push(each))
	const bothPull = new Promise<void>((resolve) => {
		const look = () => {
			if (node.state === 'ready' && other.state === 'ready' && events.subscriptions >= 3) resolve()
		}
		node.on('ready', look)
		other.on('ready', look)
	})
	// A node that tells the one before that its subscription is over.
	const subscribe = events.subscribe.bind(events)
	events.subscribe = (call, reply) => {
		events.endSubscription()
		subscribe(call, reply)
	}
	other.start()
	await bothPull
	const { subscriptions } = events
	await server.called(server.calls.length + 50)
	expect(events.subscriptions).toBeLessThanOrEqual(subscriptions + 1)
	expect(events.subscriptions).toBeLessThanOrEqual(6)
	expect(readies.length).toBeLessThanOrEqual(6)
})

test('close in the middle of pulling emits nothing any more', async () => {
	const { server, events, node } = await overHttp()
	const emitted: string[] = []
	for (const name of ['ready', 'event', 'down', 'refused', 'malformed'] as const) {
		node.on(name, () => emitted.push(name))
	}
	events.instead = () => undefined
	await server.called(server.countOf('interop_pullEvent') + 1, 'interop_pullEvent')
	await node.close()
	expect(emitted).toEqual([])
	await server.deserted()
})

function block(number: number) {
	const hash = (of: number) => `0x${of.toString(16).padStart(64, '0')}` as `0x${string}`
	return { hash: hash(number), number, parentHash: hash(number - 1), timestamp: 2 * number } as Parameters<
		ManagedNode['provideL1']
	>[0]
}
