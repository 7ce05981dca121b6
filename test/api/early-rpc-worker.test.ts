import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { EarlyRpcWorker } from '../../src/api/thread/early-rpc-worker.js'
import type { ToRpcThread } from '../../src/api/thread/rpc-messages.js'

const CLOSE: ToRpcThread = { kind: 'close' }

/** One that has begun to load its code, and its worker. */
async function early(): Promise<{ readonly early: EarlyRpcWorker; readonly worker: Worker }> {
	const made = once(process, 'worker')
	const early = new EarlyRpcWorker()
	const [worker] = (await made) as [Worker]
	return { early, worker }
}

test('one that nobody takes ends when it is closed', async () => {
	const { early: one, worker } = await early()
	const exited = once(worker, 'exit')
	await one.close()
	expect(await exited).toEqual([0])
	expect(one.take()).toBeUndefined()
})

test('one that is taken is given once, and no longer closed by its maker', async () => {
	const { early: one, worker } = await early()
	expect(one.take()).toBe(worker)
	expect(one.take()).toBeUndefined()
	await one.close()
	expect(worker.threadId).toBeGreaterThan(0)
	worker.postMessage(CLOSE)
	await once(worker, 'exit')
})

test('one that has died is not given away', async () => {
	const { early: one, worker } = await early()
	const exited = once(worker, 'exit')
	worker.postMessage(CLOSE)
	await exited
	expect(one.take()).toBeUndefined()
	await one.close()
})
