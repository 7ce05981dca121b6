import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadRecording } from '../../src/recording/load-recording.js'
import { LiveL1, LiveL2 } from '../recording/record/live-chains.js'
import { rpcFront } from '../recording/record/rpc-front.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { runVigil, startVigil } from './vigil.js'

test('records a chain; SIGINT stops it, and the same command goes on', async () => {
	const l1 = await LiveL1.start()
	await l1.grow(10)
	const chain = await LiveL2.start(l1, 901)
	await chain.grow(10)
	const l2Front = await rpcFront(chain.anvil.httpUrl)
	const output = join(temporaryDirectory(), 'live.vigil.gz')
	const args = [
		...['record', '--l2-rpc', `${l2Front.url}/secret-key`, '--l1-rpc', l1.anvil.httpUrl],
		...['--from', '2', '--to', '9', '-o', output],
	]

	let reached: () => void = () => undefined
	const middle = new Promise<void>((resolve) => {
		reached = resolve
	})
	l2Front.before = ({ params }) => {
		if (params[0] !== '0x6') return undefined
		reached()
		return new Promise(() => undefined)
	}
	const child = startVigil(args)
	let stderr = ''
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text
	})
	const closed = once(child, 'close')
	await middle
	child.kill('SIGINT')
	expect(await closed).toEqual([1, null])
	expect(stderr).toContain('stopped; run the same command again')
	expect(existsSync(output)).toBe(false)

	l2Front.before = undefined
	const done = await runVigil(args)
	expect(done).toMatchObject({ code: 0, stdout: `${output}: L1: 7 blocks, chain 901: 8 blocks\n` })
	expect((await loadRecording(output)).chains[0]?.blocks.map(({ block }) => block.number)).toEqual([
		2, 3, 4, 5, 6, 7, 8, 9,
	])

	const again = await runVigil(args)
	expect(again).toMatchObject({ code: 1 })
	expect(again.stderr).toContain('exists; remove it, or choose another output file')
})

test('an endpoint that lacks a method is named without its key', async () => {
	const { url } = await rpcFront(undefined, ({ method }) =>
		method === 'eth_chainId'
			? { body: { result: '0x385' } }
			: { body: { error: { code: -32601, message: `the method ${method} is not available` } } },
	)
	const output = join(temporaryDirectory(), 'live.vigil.gz')
	const { code, stderr } = await runVigil([
		...['record', '--l2-rpc', `${url}/secret-key`, '--l1-rpc', `${url}/secret-key`],
		...['--from', '2', '--to', '9', '-o', output],
	])
	expect(code).toBe(1)
	expect(stderr).toMatch(/the L2 RPC \(http:.*\) refuses eth_getBlockByNumber: the method/)
	expect(stderr).not.toContain('secret-key')
})
