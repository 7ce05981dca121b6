import { once } from 'node:events'
import { expect, test } from 'vitest'
import {
	NodeBlockNotFoundError,
	NodeChainMismatchError,
	NodeDisconnectedError,
	NodeProtocolError,
	NodeRpcError,
	NodeUnauthorizedError,
} from '../../src/node/errors.js'
import { ManagedNode, type ManagedNodeOptions } from '../../src/node/managed-node.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { parseHash } from '../../src/protocol/hash.js'
import { closeLater, log } from './cleanup.js'
import {
	type Answering,
	answerAll,
	answerText,
	errorText,
	eventText,
	NodeServer,
	SECRET,
} from './node-server.js'

const CHAIN_901 = parseChainId('901', 'chain')
const CHAIN_902 = parseChainId('902', 'chain')
const HELLO = { interop_chainID: '901', interop_subscribe: '0xabc' }
const FAST = { minDelayMs: 1, maxDelayMs: 10 }

function hash(number: number) {
	return parseHash(`0x${number.toString(16).padStart(64, '0')}`, 'hash')
}

function ref(number: number) {
	return { hash: hash(number), number, parentHash: hash(number - 1), timestamp: 2 * number }
}

async function listen(answering: Answering = answerAll(HELLO)): Promise<NodeServer> {
	return closeLater(new NodeServer(answering)).listen()
}

function makeNode(server: NodeServer, options: Partial<ManagedNodeOptions> = {}): ManagedNode {
	const node = new ManagedNode(
		{ url: server.url, jwtSecret: SECRET, expected: CHAIN_901, reconnect: FAST, ...options },
		{ log },
	)
	return closeLater(node)
}

async function ready(server: NodeServer, options: Partial<ManagedNodeOptions> = {}): Promise<ManagedNode> {
	const node = makeNode(server, options)
	node.start()
	await once(node, 'ready')
	return node
}

function send(server: NodeServer, ...texts: string[]): void {
	for (const socket of server.sockets) for (const text of texts) socket.send(text)
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

test('a node is checked and subscribed to, then it is ready, then its events come in the order of frames', async () => {
	const server = await listen()
	const node = makeNode(server)
	expect(node.state).toBe('starting')
	await expect(node.resetPreInterop()).rejects.toThrow(NodeDisconnectedError)
	node.start()
	await once(node, 'ready')
	expect(node.state).toBe('ready')
	expect(server.calls).toEqual([
		{ jsonrpc: '2.0', id: 1, method: 'interop_chainID' },
		{ jsonrpc: '2.0', id: 2, method: 'interop_subscribe', params: ['events'] },
	])
	const { seen, done } = resets(node, '1999')
	const reasons = Array.from({ length: 2_000 }, (_, number) => `${number}`)
	send(server, ...reasons.map((reset) => eventText('0xabc', { reset })))
	await done
	expect(seen).toEqual(reasons)
})

test('events that come in one read with the answer to the subscription, or before it, are not lost', async () => {
	const server = await listen((call, socket) => {
		if (call.method !== 'interop_subscribe') return answerAll(HELLO)(call, socket)
		Reflect.get(socket, '_socket').cork()
		socket.send(eventText('0xabc', { reset: 'before' }))
		socket.send(eventText('0xother', { reset: 'of another subscription' }))
		socket.send(answerText(call.id, '0xabc'))
		socket.send(eventText('0xabc', { reset: 'after' }))
		Reflect.get(socket, '_socket').uncork()
	})
	const node = makeNode(server)
	const order: string[] = []
	node.on('ready', () => order.push('ready'))
	const { seen, done } = resets(node, 'after')
	node.once('event', () => order.push('event'))
	node.start()
	await done
	expect(seen).toEqual(['before', 'after'])
	expect(order).toEqual(['ready', 'event'])
})

test('every member of an event is read', async () => {
	const server = await listen()
	const node = await ready(server)
	const event = {
		unsafeBlock: ref(5),
		derivationUpdate: { source: ref(3), derived: ref(4) },
		derivationOriginUpdate: ref(3),
	}
	const emitted = once(node, 'event')
	send(server, eventText('0xabc', event))
	expect(await emitted).toEqual([event])
})

test('a node of another chain is refused with both chains named, tried again, and taken when it is right', async () => {
	const server = await listen(answerAll({ ...HELLO, interop_chainID: '902' }))
	const node = makeNode(server, { refusedRetryMs: 5 })
	const refusals: Error[] = []
	node.on('refused', (refusal) => refusals.push(refusal))
	node.start()
	const [reason] = await once(node, 'refused')
	expect(reason).toBeInstanceOf(NodeChainMismatchError)
	expect(reason).toMatchObject({ found: 902n, expected: [901n] })
	expect(reason.message).toContain('chain 902, expected 901')
	expect(node.state).toBe('refused')
	await expect(node.provideL1(ref(1))).rejects.toThrow('chain 902')
	expect(server.calls.map((call) => call.method)).toEqual(['interop_chainID'])
	await server.called(3)
	server.answering = answerAll(HELLO)
	await once(node, 'ready')
	expect(node.reason).toBeUndefined()
	expect(refusals).toHaveLength(1)
})

test('with a dependency set the chain is learned, and then it stays the same', async () => {
	const server = await listen(answerAll({ ...HELLO, interop_chainID: '0x386' }))
	const expected = new Set([CHAIN_901, CHAIN_902])
	const node = makeNode(server, { expected, refusedRetryMs: 5 })
	expect(node.chainId).toBeUndefined()
	node.start()
	await once(node, 'ready')
	expect(node.chainId).toBe(902n)
	server.answering = answerAll(HELLO)
	const refused = once(node, 'refused')
	for (const socket of server.sockets) socket.terminate()
	expect((await refused)[0].message).toContain('chain 901, expected 902')
})

test('a node outside of the dependency set is refused', async () => {
	const server = await listen(answerAll({ ...HELLO, interop_chainID: '10' }))
	const node = makeNode(server, { expected: new Set([CHAIN_901, CHAIN_902]) })
	node.start()
	const [reason] = await once(node, 'refused')
	expect(reason.message).toContain('chain 10, expected 901 or 902')
	expect(node.chainId).toBeUndefined()
})

test('a wrong JWT is refused', async () => {
	const server = await listen()
	const node = makeNode(server, { jwtSecret: new Uint8Array(32) })
	node.start()
	const [reason] = await once(node, 'refused')
	expect(reason).toBeInstanceOf(NodeUnauthorizedError)
	expect(node.state).toBe('refused')
})

test('a node that answers the first calls with junk, errors or not at all is down and tried again', async () => {
	const server = await listen()
	const node = makeNode(server, { callTimeoutMs: 20 })
	const answers: Answering[] = [
		answerAll({ ...HELLO, interop_chainID: { junk: true } }),
		answerAll({ ...HELLO, interop_subscribe: 7 }),
		(call, socket) => socket.send(errorText(call.id, -32603, 'not today')),
		() => undefined,
	]
	let tries = 0
	server.answering = (call, socket) => {
		if (call.method === 'interop_chainID') tries++
		const answering = answers[tries - 1] ?? answerAll(HELLO)
		answering(call, socket)
	}
	const downs: Error[] = []
	node.on('down', (reason) => downs.push(reason))
	node.start()
	await once(node, 'ready')
	expect(tries).toBe(answers.length + 1)
	expect(downs).toHaveLength(1)
	expect(downs[0]).toBeInstanceOf(NodeProtocolError)
})

test('a restart in the middle of calls: they fail, the node is down once, then ready, subscribed and of use', async () => {
	const server = await listen((call, socket) => {
		if (call.method !== 'interop_provideL1') answerAll(HELLO)(call, socket)
	})
	const node = await ready(server)
	const answer = node.provideL1(ref(1)).catch((reason: unknown) => reason)
	await server.called(3)
	const downs: Error[] = []
	node.on('down', (reason) => downs.push(reason))
	const down = once(node, 'down')
	await server.stop()
	expect(await answer).toBeInstanceOf(NodeDisconnectedError)
	await down
	expect(node.state).toBe('down')
	await expect(node.provideL1(ref(1))).rejects.toThrow(NodeDisconnectedError)
	server.answering = answerAll({ ...HELLO, interop_subscribe: '0xdef', interop_provideL1: null })
	const isReady = once(node, 'ready')
	await server.listen()
	await isReady
	expect(downs).toHaveLength(1)
	await node.provideL1(ref(1))
	const { seen, done } = resets(node, 'new')
	send(server, eventText('0xabc', { reset: 'old' }), eventText('0xdef', { reset: 'new' }))
	await done
	expect(seen).toEqual(['new'])
})

test.each([
	['closed with null data', { data: null, close: true }],
	['null data alone', { data: null }],
	['closed without data', { close: true }],
])('a subscription that the node ends is made again: %s', async (_name, result) => {
	let subscriptions = 0
	const server = await listen(answerAll({ ...HELLO, interop_subscribe: () => `0x${++subscriptions}` }))
	const node = await ready(server)
	const down = once(node, 'down')
	const isReady = once(node, 'ready')
	send(
		server,
		JSON.stringify({
			jsonrpc: '2.0',
			method: 'interop_subscription',
			params: { subscription: '0x1', result },
		}),
	)
	expect((await down)[0].message).toContain('ended the event subscription')
	await isReady
	const { seen, done } = resets(node, 'second')
	send(server, eventText('0x1', { reset: 'first' }), eventText('0x2', { reset: 'second' }))
	await done
	expect(seen).toEqual(['second'])
	expect(server.calls.map((call) => call.method)).toEqual([
		'interop_chainID',
		'interop_subscribe',
		'interop_subscribe',
	])
})

test.each([
	['an event with a broken block', eventText('0xabc', { unsafeBlock: { ...ref(5), hash: '0x12' } })],
	['an event with a number above 2^53', eventText('0xabc', { unsafeBlock: { ...ref(5), number: 2 ** 53 } })],
	['an event that is no object', eventText('0xabc', 'reset')],
	['another method', '{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xabc"}}'],
	['no params', '{"jsonrpc":"2.0","method":"interop_subscription"}'],
	['params that are a list', '{"jsonrpc":"2.0","method":"interop_subscription","params":["0xabc"]}'],
	['no result', '{"jsonrpc":"2.0","method":"interop_subscription","params":{"subscription":"0xabc"}}'],
	['no data', '{"method":"interop_subscription","params":{"subscription":"0xabc","result":{}}}'],
])('a notification with junk is reported and costs nothing: %s', async (_name, text) => {
	const server = await listen()
	const node = await ready(server)
	const malformed = once(node, 'malformed')
	const { seen, done } = resets(node, 'next')
	send(server, text, eventText('0xabc', { reset: 'next' }))
	expect((await malformed)[0]).toBeInstanceOf(NodeProtocolError)
	await done
	expect(seen).toEqual(['next'])
	expect(node.state).toBe('ready')
})

test('a paused node emits nothing, still answers calls, and goes on in order', async () => {
	const server = await listen(answerAll({ ...HELLO, interop_provideL1: null }))
	const node = await ready(server)
	const { seen, done } = resets(node, '99')
	node.pause()
	const reasons = Array.from({ length: 100 }, (_, number) => `${number}`)
	send(server, ...reasons.map((reset) => eventText('0xabc', { reset })))
	await node.provideL1(ref(1))
	expect(seen).toEqual([])
	node.resume()
	await done
	expect(seen).toEqual(reasons)
})

test('events for a consumer that falls behind again and again come in order', async () => {
	const server = await listen()
	const node = await ready(server, { pingIntervalMs: 5 })
	const total = 4_000
	let seen = 0
	const last = new Promise<void>((resolve) => {
		node.on('event', ({ reset }) => {
			expect(reset?.startsWith(`${seen} `)).toBe(true)
			seen++
			if (seen === total) resolve()
			if (seen % 500 !== 0) return
			node.pause()
			setImmediate(() => node.resume())
		})
	})
	node.pause()
	const padding = 'x'.repeat(1_000)
	for (let number = 0; number < total; number++) {
		send(server, eventText('0xabc', { reset: `${number} ${padding}` }))
	}
	for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
	expect(seen).toBe(0)
	node.resume()
	await last
	expect(node.state).toBe('ready')
})

test('a subscription that ends while nothing is read is made again and read', async () => {
	let subscriptions = 0
	const server = await listen(answerAll({ ...HELLO, interop_subscribe: () => `0x${++subscriptions}` }))
	const node = await ready(server)
	node.pause()
	const isReady = once(node, 'ready')
	const end = {
		jsonrpc: '2.0',
		method: 'interop_subscription',
		params: { subscription: '0x1', result: { data: null } },
	}
	// All in one read: the end comes when the limit has stopped the reading already.
	const events = Array.from({ length: 300 }, (_, number) => eventText('0x1', { reset: `${number}` }))
	const [socket] = server.sockets
	if (socket === undefined) return expect.fail('no connection')
	Reflect.get(socket, '_socket').cork()
	send(server, ...events, JSON.stringify(end))
	Reflect.get(socket, '_socket').uncork()
	await isReady
	const { seen, done } = resets(node, 'new')
	node.resume()
	send(server, eventText('0x2', { reset: 'new' }))
	await done
	expect(seen).toEqual(['new'])
})

test('what was held for a lost connection is forgotten, and pausing outlives the reconnect', async () => {
	const server = await listen(answerAll({ ...HELLO, interop_provideL1: null }))
	const node = await ready(server)
	const { seen, done } = resets(node, 'new')
	node.pause()
	send(server, eventText('0xabc', { reset: 'old' }))
	await node.provideL1(ref(1))
	const isReady = once(node, 'ready')
	for (const socket of server.sockets) socket.terminate()
	await isReady
	send(server, eventText('0xabc', { reset: 'new' }))
	await node.provideL1(ref(1))
	expect(seen).toEqual([])
	node.resume()
	await done
	expect(seen).toEqual(['new'])
})

test('every call goes out as the protocol notes spell it, without members that are not asked for', async () => {
	const L2 = { ...ref(5), l1origin: { hash: hash(1), number: 1 }, sequenceNumber: 3 }
	const output = { stateRoot: hash(1), messagePasserStorageRoot: hash(2), blockHash: hash(3) }
	const pair = { source: ref(1), derived: ref(2) }
	const server = await listen(
		answerAll({
			...HELLO,
			interop_provideL1: null,
			interop_updateCrossUnsafe: null,
			interop_updateCrossSafe: null,
			interop_updateFinalized: null,
			interop_invalidateBlock: null,
			interop_reset: null,
			interop_resetPreInterop: null,
			interop_l2BlockRefByNumber: L2,
			interop_l2BlockRefByTimestamp: L2,
			interop_outputV0AtTimestamp: output,
			interop_pendingOutputV0AtTimestamp: output,
			interop_anchorPoint: pair,
		}),
	)
	const node = await ready(server)
	const id = (number: number) => ({ hash: hash(number), number })
	await node.provideL1(L2)
	await node.updateCrossUnsafe(L2)
	await node.updateCrossSafe(L2, ref(1))
	await node.updateFinalized(L2)
	await node.invalidateBlock(L2)
	await node.reset({
		localUnsafe: L2,
		crossUnsafe: ref(4),
		localSafe: ref(3),
		crossSafe: ref(2),
		finalized: ref(1),
	})
	await node.resetPreInterop()
	expect(await node.l2BlockRefByNumber(5)).toEqual(L2)
	expect(await node.l2BlockRefByTimestamp(10)).toEqual(L2)
	expect(await node.outputV0AtTimestamp(10)).toEqual(output)
	expect(await node.pendingOutputV0AtTimestamp(10)).toEqual(output)
	expect(await node.anchorPoint()).toEqual(pair)
	expect(server.calls.slice(2).map(({ method, params }) => [method, params])).toEqual([
		['interop_provideL1', [ref(5)]],
		['interop_updateCrossUnsafe', [id(5)]],
		['interop_updateCrossSafe', [id(5), id(1)]],
		['interop_updateFinalized', [id(5)]],
		['interop_invalidateBlock', [{ ...id(5), timestamp: 10 }]],
		['interop_reset', [id(5), id(4), id(3), id(2), id(1)]],
		['interop_resetPreInterop', undefined],
		['interop_l2BlockRefByNumber', [5]],
		['interop_l2BlockRefByTimestamp', [10]],
		['interop_outputV0AtTimestamp', [10]],
		['interop_pendingOutputV0AtTimestamp', [10]],
		['interop_anchorPoint', undefined],
	])
})

test('a lookup answered with "not found" is a block that the node does not have', async () => {
	const reason = 'failed to determine L2BlockRef of height 29, could not get payload: not found'
	const server = await listen((call, socket) => {
		if (Object.hasOwn(HELLO, call.method)) answerAll(HELLO)(call, socket)
		else socket.send(errorText(call.id, -32000, reason))
	})
	const node = await ready(server)
	for (const answer of [
		node.l2BlockRefByNumber(29),
		node.l2BlockRefByTimestamp(29),
		node.outputV0AtTimestamp(29),
		node.pendingOutputV0AtTimestamp(29),
	]) {
		const error = await answer.catch((thrown: unknown) => thrown)
		expect(error).toBeInstanceOf(NodeBlockNotFoundError)
		expect(error).toMatchObject({ code: -32000, reason })
	}
	const other = await node.provideL1(ref(1)).catch((thrown: unknown) => thrown)
	expect(other).toBeInstanceOf(NodeRpcError)
	expect(other).not.toBeInstanceOf(NodeBlockNotFoundError)
})

test('a refused reset keeps the code and the block of the node', async () => {
	const server = await listen((call, socket) => {
		if (call.method === 'interop_reset') {
			socket.send(errorText(call.id, -39002, 'conflicting block', ref(7)))
		} else answerAll(HELLO)(call, socket)
	})
	const node = await ready(server)
	const heads = {
		localUnsafe: ref(5),
		crossUnsafe: ref(4),
		localSafe: ref(3),
		crossSafe: ref(2),
		finalized: ref(1),
	}
	const error = await node.reset(heads).catch((thrown: unknown) => thrown)
	expect(error).toBeInstanceOf(NodeRpcError)
	expect(error).toMatchObject({ code: -39002, data: { number: 7 } })
})

test('a node that spells l2BlockRefByNumber as the document does is understood, and asked so from then on', async () => {
	const L2 = { ...ref(5), l1origin: { hash: hash(1), number: 1 }, sequenceNumber: 3 }
	const server = await listen(answerAll({ ...HELLO, interop_blockRefByNumber: L2 }))
	const node = await ready(server)
	expect(await node.l2BlockRefByNumber(5)).toEqual(L2)
	expect(await node.l2BlockRefByNumber(5)).toEqual(L2)
	server.answering = answerAll({ ...HELLO, interop_l2BlockRefByNumber: L2 })
	expect(await node.l2BlockRefByNumber(5)).toEqual(L2)
	expect(await node.l2BlockRefByNumber(5)).toEqual(L2)
	expect(server.calls.slice(2).map((call) => call.method)).toEqual([
		'interop_l2BlockRefByNumber',
		'interop_blockRefByNumber',
		'interop_blockRefByNumber',
		'interop_blockRefByNumber',
		'interop_l2BlockRefByNumber',
		'interop_l2BlockRefByNumber',
	])
})

test('an answer of the wrong form fails the call by name and costs nothing else', async () => {
	const server = await listen(answerAll({ ...HELLO, interop_outputV0AtTimestamp: { stateRoot: '0x' } }))
	const node = await ready(server)
	const error = await node.outputV0AtTimestamp(1).catch((thrown: unknown) => thrown)
	expect(error).toBeInstanceOf(NodeProtocolError)
	expect(String(error)).toContain('interop_outputV0AtTimestamp')
	expect(node.state).toBe('ready')
})

test('after close nothing is emitted and calls fail', async () => {
	const server = await listen()
	const node = await ready(server)
	const emitted: string[] = []
	for (const name of ['ready', 'event', 'down', 'refused', 'malformed'] as const) {
		node.on(name, () => emitted.push(name))
	}
	send(server, eventText('0xabc', { reset: 'too late' }))
	await node.close()
	expect(node.state).toBe('closed')
	expect(emitted).toEqual([])
	await expect(node.resetPreInterop()).rejects.toThrow(NodeDisconnectedError)
})
