import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { closeTables, openMeta, openTables } from '../../src/storage/tables.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'
import { runVigil, startVigil } from './vigil.js'

let recording: Recording
let replay: Replay
let datadir: string
beforeEach(async () => {
	recording = sampleRecording({ derived: 12 })
	replay = await replayed(recording)
	datadir = join(temporaryDirectory(), 'data')
})

/** A running Vigil at the recorded heads. */
async function runningVigil(): Promise<VigilProcess> {
	const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
	await vigil.reaches(recording)
	return vigil
}

/** An HTTP server that answers every request with this JSON-RPC message. */
async function answering(message: object | string): Promise<string> {
	const server = createServer((_request, response) => {
		response.end(
			typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
		)
	}).listen(0, '127.0.0.1')
	afterTest(() => server.close())
	await once(server, 'listening')
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const chainIds = () => recording.chains.map(({ chainId }) => chainId)

describe('vigil status', () => {
	test('shows the heads of every chain with their lag, as a table', async () => {
		const vigil = await runningVigil()
		const { code, stdout, stderr } = await runVigil([
			'status',
			`--rpc=http://127.0.0.1:${await vigil.port()}`,
		])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		const [chainId] = chainIds()
		const heads = (await vigil.heads())?.[`${chainId}`]
		const lag = (heads?.localUnsafe.number ?? 0) - (heads?.localSafe.number ?? 0)
		expect(lag).toBeGreaterThan(0)
		const row = stdout.split('\n').find((line) => line.includes(`│ ${chainId} `))
		expect(row).toContain(` ${heads?.localUnsafe.number} │`)
		expect(row).toContain(` ${heads?.localSafe.number} (-${lag}) │`)
		expect(stdout).toMatch(/all chains are derived up to L1 block \d+/)
	})

	test('--json has every head whole', async () => {
		const vigil = await runningVigil()
		const rpc = `http://127.0.0.1:${await vigil.port()}`
		const { code, stdout } = await runVigil(['status', '--rpc', rpc, '--json'])
		expect(code).toBe(0)
		const status = JSON.parse(stdout) as { chains: object; lags: Record<string, { localSafe: number }> }
		expect(status.chains).toEqual(await vigil.heads())
		expect(Object.keys(status.lags)).toEqual(chainIds().map(String))
	})

	test('--watch shows it again, says when the server is gone, and ends with SIGINT', async () => {
		const vigil = await runningVigil()
		const args = ['status', `--rpc=http://127.0.0.1:${await vigil.port()}`, '--json', '--watch=100ms']
		const child = startVigil(args)
		const closed = once(child, 'close')
		const lines = child.stdout.setEncoding('utf8')
		let text = ''
		const printed = async (isThere: () => boolean) => {
			while (!isThere()) text += ((await once(lines, 'data')) as string[])[0]
		}
		await withDeadline(
			'two answers',
			printed(() => text.split('\n').length > 2),
		)
		await vigil.kill()
		await withDeadline(
			'the failure',
			printed(() => text.includes('"error"')),
		)
		child.kill('SIGINT')
		expect((await withDeadline('the end', closed))[0]).toBe(0)
		const [first, second] = text.split('\n').map((line) => (line === '' ? {} : (JSON.parse(line) as object)))
		expect(first).toHaveProperty('chains')
		expect(second).toHaveProperty('chains')
	})

	test.each<[string, object | string | undefined, RegExp]>([
		['a server that is not there', undefined, /ECONNREFUSED|fetch failed/i],
		['an error', { error: { code: -321401, message: 'future data: not ready' } }, /future data: not ready/],
		['another server', { result: { syncing: false } }, /minSyncedL1/],
		['no JSON', 'hello', /JSON/i],
	])('%s: exit code 1 and the reason', async (_what, message, reason) => {
		const rpc = message === undefined ? 'http://127.0.0.1:1' : await answering(message)
		const { code, stdout, stderr } = await runVigil(['status', `--rpc=${rpc}`])
		expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
		expect(stderr).toMatch(/^vigil: .*supervisor_syncStatus/)
		expect(stderr).toMatch(reason)
		expect(stderr).not.toMatch(/^\s+at /m)
	})

	test.each([
		[['--rpc=ws://x'], /expected a URL that starts with http/],
		[['--watch=1'], /expected a time with its unit/],
	])('%j is refused', async (args, message) => {
		const { code, stderr } = await runVigil(['status', ...args])
		expect(code).toBe(2)
		expect(stderr).toMatch(message)
	})
})

describe('vigil verify', () => {
	test('a whole store, beside the running Vigil and after it: exit code 0', async () => {
		const vigil = await runningVigil()
		for (const isRunning of [true, false]) {
			if (!isRunning) expect(await vigil.terminate()).toBe(0)
			const { code, stdout, stderr } = await runVigil(['verify', `--datadir=${datadir}`])
			expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
			expect(stdout).toMatch(/^All invariants hold \(\d+ rows read\)\.\n$/)
		}
	})

	test('a broken store: exit code 3, every fault with chain and block, as text and as JSON', async () => {
		await (await runningVigil()).terminate()
		const [first, second] = chainIds()
		const options = { directory: datadir, chains: chainIds() }
		const tables = openTables(await openMeta(options), options)
		for (const [chainId, number] of [
			[first, 5],
			[second, 7],
		] as const) {
			const row = chainId && tables.chains.get(chainId)?.canonical.get(number, {})
			if (row) tables.chains.get(chainId)?.canonical.put(number, { ...row, logCount: 99 })
		}
		await closeTables(tables)
		const text = await runVigil(['verify'], { VIGIL_DATADIR: datadir })
		expect(text.code).toBe(3)
		expect(text.stdout).toMatch(new RegExp(`^log-record: chain ${first} block 5: .* not 99$`, 'm'))
		expect(text.stdout).toMatch(new RegExp(`^log-record: chain ${second} block 7: .* not 99$`, 'm'))
		expect(text.stdout).toMatch(/2 faults in \d+ rows\. Broken:\n {2}log-record \(2\): /)
		const json = await runVigil(['verify', '--json', '--datadir', datadir])
		expect(json.code).toBe(3)
		const lines = json.stdout.trim().split('\n')
		expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
			{ invariant: 'log-record', chain: `${first}`, block: 5, detail: expect.stringContaining('not 99') },
			{ invariant: 'log-record', chain: `${second}`, block: 7, detail: expect.stringContaining('not 99') },
			{ rows: expect.any(Number), faults: 2, broken: { 'log-record': 2 } },
		])
	})

	test('a directory without a store: exit code 1, and nothing is made in it', async () => {
		const { code, stderr } = await runVigil(['verify', `--datadir=${datadir}`])
		expect(code).toBe(1)
		expect(stderr).toMatch(/holds no Vigil store/)
	})

	test('no directory: exit code 2', async () => {
		const { code, stderr } = await runVigil(['verify'])
		expect(code).toBe(2)
		expect(stderr).toMatch(/--datadir \(or VIGIL_DATADIR\): is required/)
	})
})
