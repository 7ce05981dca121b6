import { expect, test } from 'vitest'
import { startRpcServer } from '../../src/api/rpc-server.js'
import { MainThread } from '../../src/api/thread/main-thread.js'
import type { FromRpcThread } from '../../src/api/thread/rpc-messages.js'
import type { ReadinessAnswer } from '../../src/observability/readiness-answer.js'
import { afterTest } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { contextOf } from './context-of.js'

test('a main thread that says nothing is stuck: neither ready nor alive', async () => {
	const told: FromRpcThread[] = []
	const main = new MainThread((message) => told.push(message), { stuckAfterMs: 20 })
	expect(await main.readiness()).toMatchObject({ status: 503, body: { reasons: [{ code: 'stuck' }] } })
	expect(await main.isAlive()).toBe(false)
	// Nor is it asked again before it has answered.
	expect(told).toEqual([{ kind: 'question', id: 1, question: { kind: 'readiness' } }])
	const ready: ReadinessAnswer = { status: 200, body: { status: 'ready', reasons: [] } }
	main.answered(1, ready)
	const asked = main.readiness()
	expect(await asked).toEqual(ready)
	const again = main.readiness()
	main.answered(2, ready)
	expect(await again).toEqual(ready)
	expect(told).toHaveLength(2)
})

test('a server whose main thread is stuck says so at /healthz and /readyz', async () => {
	const main = new MainThread(() => {}, { stuckAfterMs: 20 })
	const server = await startRpcServer(
		{ addr: '127.0.0.1', port: 0 },
		{
			...contextOf(new LogCapture().log, {}),
			readiness: () => main.readiness(),
			isAlive: () => main.isAlive(),
		},
	)
	afterTest(() => server.close())
	for (const [path, status] of [
		['/healthz', 'stuck'],
		['/readyz', 'not ready'],
	]) {
		const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
		expect(answer.status).toBe(503)
		expect(await answer.json()).toMatchObject({ status })
	}
})
