import { expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ManagedEvent } from '../../src/protocol/managed-event.js'
import { EventQueue, QueueClosedError } from '../../src/supervisor/event-queue.js'
import { whileHeld } from '../../src/supervisor/hold-chains.js'
import type { NodeSession } from '../../src/supervisor/node-session.js'
import { childOf, extend } from './sample-recording.js'

// The queue only compares sessions.
const A = { url: 'a' } as NodeSession
const B = { url: 'b' } as NodeSession
const [, one, two, three] = extend('l2', [], 3) as [BlockRef, BlockRef, BlockRef, BlockRef]
const unsafe = (unsafeBlock: BlockRef): ManagedEvent => ({ unsafeBlock })
const origin = (derivationOriginUpdate: BlockRef): ManagedEvent => ({ derivationOriginUpdate })

/** A queue whose first event is in hand until `go`. */
function held() {
	const handled: [NodeSession, ManagedEvent][] = []
	const said: string[] = []
	let go: () => void = () => undefined
	const gate = new Promise<void>((resolve) => {
		go = resolve
	})
	const queue = new EventQueue({
		handle: async (session, event) => {
			handled.push([session, event])
			await gate
		},
		full: () => said.push(`full at ${queue.length}`),
		drained: () => said.push(`drained at ${queue.length}`),
	})
	/** Resolves when all that was pushed is handled. */
	const done = () => new Promise<void>((resolve) => queue.exclusive(async () => resolve()))
	return { queue, handled, said, go: () => go(), done }
}

it('handles events one after the other, in the order in which they came, never within push', async () => {
	const { queue, handled, go, done } = held()
	const events: [NodeSession, ManagedEvent][] = [
		[A, origin(one)],
		[B, unsafe(one)],
		[A, unsafe(two)],
		[A, origin(three)],
	]
	for (const [session, event] of events) queue.push(session, event)
	expect(handled).toEqual([])
	await Promise.resolve()
	expect(handled).toEqual(events.slice(0, 1))
	go()
	await done()
	expect(handled).toEqual(events)
})

it('of unsafe blocks of one node that wait in a row the newest says all; nothing else is left out', async () => {
	const { queue, handled, go, done } = held()
	queue.push(A, origin(one))
	await Promise.resolve()
	queue.push(A, unsafe(one))
	queue.push(A, unsafe(two))
	queue.push(B, unsafe(two))
	queue.push(A, unsafe(three))
	queue.push(A, { ...unsafe(three), ...origin(two) })
	queue.push(A, unsafe(three))
	go()
	await done()
	expect(handled).toEqual([
		[A, origin(one)],
		[A, unsafe(two)],
		[B, unsafe(two)],
		[A, unsafe(three)],
		[A, { ...unsafe(three), ...origin(two) }],
		[A, unsafe(three)],
	])
})

it('says once that it is full, so that sockets are paused, and once that there is room again', async () => {
	const { queue, handled, said, go, done } = held()
	let block = childOf('l1', undefined)
	for (let i = 0; i < 3_000; i++) {
		block = childOf('l1', block)
		queue.push(A, origin(block))
	}
	expect(said).toEqual(['full at 1024'])
	go()
	await done()
	expect(said).toEqual(['full at 1024', 'drained at 256'])
	expect(handled.map(([, event]) => event.derivationOriginUpdate?.number)).toEqual(
		Array.from({ length: 3_000 }, (_, i) => i + 1),
	)
})

it('forgets what a lost node has said, and nothing of the others', async () => {
	const { queue, handled, go, done } = held()
	queue.push(A, origin(one))
	await Promise.resolve()
	for (const block of [one, two, three]) {
		queue.push(A, origin(block))
		queue.push(B, origin(block))
	}
	queue.forget(A)
	go()
	await done()
	expect(handled).toEqual([
		[A, origin(one)],
		[B, origin(one)],
		[B, origin(two)],
		[B, origin(three)],
	])
})

it('a queue that forgets becomes empty enough to say that there is room', async () => {
	const { queue, said, go, done } = held()
	let block = childOf('l1', undefined)
	for (let i = 0; i < 1_100; i++) {
		block = childOf('l1', block)
		queue.push(A, origin(block))
	}
	await Promise.resolve()
	queue.forget(A)
	go()
	await done()
	expect(said).toEqual(['full at 1024', expect.stringMatching(/^drained/)])
})

it('ends after the event in hand, and takes no more', async () => {
	const { queue, handled, go } = held()
	queue.push(A, origin(one))
	queue.push(A, origin(two))
	await Promise.resolve()
	const closed = queue.close()
	queue.push(A, origin(three))
	go()
	await closed
	expect(handled).toEqual([[A, origin(one)]])
})

it('holds between two events, and goes on when it is released', async () => {
	const { queue, handled, go, done } = held()
	queue.push(A, origin(one))
	const hold = queue.hold(async () => undefined)
	queue.push(A, origin(two))
	go()
	const { release } = await hold
	expect(handled).toEqual([[A, origin(one)]])
	release()
	await done()
	expect(handled).toEqual([
		[A, origin(one)],
		[A, origin(two)],
	])
})

it('a queue that is closed before it is held says so, and no other queue stays held for it', async () => {
	const busy = held()
	const idle = held()
	busy.queue.push(A, origin(one))
	let isDone = false
	const acted = whileHeld(
		[busy, idle].map(({ queue }) => ({ hold: () => queue.hold(async () => undefined) })),
		async () => {
			isDone = true
		},
	)
	const refused = expect(acted).rejects.toThrow(QueueClosedError)
	await Promise.resolve()
	const closed = Promise.all([busy.queue.close(), idle.queue.close()])
	await refused
	busy.go()
	await closed
	expect(isDone).toBe(false)
	await expect(idle.queue.hold(async () => undefined)).rejects.toThrow(QueueClosedError)
})
