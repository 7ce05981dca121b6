import { expect, test } from 'vitest'
import { PoliteRpc } from '../../../src/recording/record/polite-rpc.js'
import {
	RecordStoppedError,
	RpcRefusedError,
	RpcUnavailableError,
} from '../../../src/recording/record/record-errors.js'
import { type Before, type FrontAnswer, rpcFront } from './rpc-front.js'

const GOOD: FrontAnswer = { body: { result: '0x1' } }

async function polite(before: Before, options: Partial<ConstructorParameters<typeof PoliteRpc>[0]> = {}) {
	const front = await rpcFront(undefined, before)
	const waits: number[] = []
	const stop = new AbortController()
	const rpc = new PoliteRpc({
		name: 'the endpoint',
		url: front.url,
		parallel: 8,
		signal: stop.signal,
		wait: async (ms) => void waits.push(ms),
		...options,
	})
	return { rpc, front, waits, stop }
}

/** Says each in turn, then good answers. */
function script(...answers: readonly FrontAnswer[]): Before {
	const rest = [...answers]
	return () => rest.shift() ?? GOOD
}

test('waits as long as Retry-After says, and twice as long each time where it says nothing', async () => {
	const { rpc, waits } = await polite(
		script(
			{ status: 429, headers: { 'retry-after': '7' }, body: 'too many' },
			{ body: { error: { code: -32005, message: 'request limit reached' } } },
			{ status: 503, body: '' },
			{ body: 'no JSON' },
		),
	)
	expect(await rpc.call('eth_chainId', [])).toBe('0x1')
	expect(waits).toEqual([7_000, 1_000, 2_000, 4_000])
})

test('calls that are limited together wait once, and half as many go on until answers are good again', async () => {
	let arrived = 0
	let letGo: () => void = () => undefined
	const all = new Promise<void>((resolve) => {
		letGo = resolve
	})
	const { rpc, waits } = await polite(async () => {
		if (++arrived > 8) return GOOD
		if (arrived === 8) letGo()
		await all
		return { status: 429, body: '' }
	})
	await Promise.all(Array.from({ length: 8 }, () => rpc.call('eth_chainId', [])))
	expect(waits).toHaveLength(1)
	expect(rpc.limit).toBe(4)
	for (let i = 0; i < 64 * 4; i++) await rpc.call('eth_chainId', [])
	expect(rpc.limit).toBe(8)
})

test('what will not change is refused at once, what may is tried again a few times', async () => {
	const unknown = await polite(() => ({ body: { error: { code: -32601, message: 'no such method' } } }))
	await expect(unknown.rpc.call('eth_getBlockReceipts', [])).rejects.toThrow(RpcRefusedError)
	expect(unknown.front.requests).toHaveLength(1)
	const key = await polite(() => ({ status: 401, body: 'wrong key' }))
	await expect(key.rpc.call('eth_chainId', [])).rejects.toThrow(RpcRefusedError)
	const error = await polite(() => ({ body: { error: { code: -32000, message: 'header not found' } } }))
	await expect(error.rpc.call('eth_chainId', [])).rejects.toThrow('header not found')
	expect(error.front.requests).toHaveLength(5)
})

test('an endpoint that stays away, or wants too long a pause, is given up', async () => {
	const silent = await polite(() => ({ status: 500, body: '' }), { patienceMs: 0 })
	await expect(silent.rpc.call('eth_chainId', [])).rejects.toThrow(RpcUnavailableError)
	const hanging = await polite(() => new Promise(() => undefined), { patienceMs: 0, timeoutMs: 20 })
	await expect(hanging.rpc.call('eth_chainId', [])).rejects.toThrow('no whole answer within 0.02 s')
	const slow = await polite(() => ({ status: 429, headers: { 'retry-after': '86400' }, body: '' }))
	await expect(slow.rpc.call('eth_chainId', [])).rejects.toThrow('wants a pause of 86400 s')
})

test('a stop ends all calls, those that wait for their turn as well', async () => {
	const { rpc, front, stop } = await polite(
		() => {
			stop.abort()
			return new Promise(() => undefined)
		},
		{ parallel: 1 },
	)
	const calls = await Promise.allSettled(Array.from({ length: 5 }, () => rpc.call('eth_chainId', [])))
	for (const call of calls)
		expect(call.status === 'rejected' && call.reason).toBeInstanceOf(RecordStoppedError)
	expect(front.requests).toHaveLength(1)
})
