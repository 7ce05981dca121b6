import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { BlockId } from '../../src/protocol/block.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import { recordedHead } from '../promotion/recorded-end.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'
import type { RecordedQuery } from './recorded-query.js'
import { call, post } from './rpc-client.js'

const file = (name: string) => fileURLToPath(new URL(`../recordings/${name}`, import.meta.url))
/** Of `vigil start` alone. */
const NOT_FOR_READERS = /^--(l1-rpc|confirmation-depth|index\.threads)=/
const CONNECTIONS = 8

type Heads = Record<'localUnsafe' | 'localSafe' | 'crossUnsafe' | 'safe' | 'finalized', BlockId>

test('two readers under load, while the main process indexes and L1 is reorganised, answer as it does', async () => {
	const recording = await loadRecording(file('l1-reorg.vigil.gz'))
	const replay = await replayed(recording, { kind: 'recorded', speed: 40 })
	const settings = settingsFor(recording, replay, temporaryDirectory())
	const main = new VigilProcess(settings)
	await main.port()
	const forReaders = ['api', ...settings.slice(1).filter((setting) => !NOT_FOR_READERS.test(setting))]
	const readers = [new VigilProcess(forReaders), new VigilProcess(forReaders)]
	const queries = JSON.parse(
		gunzipSync(readFileSync(file('l1-reorg.queries.json.gz'))).toString(),
	) as RecordedQuery[]
	const checks = queries.filter(({ request }) => request.method === 'supervisor_checkAccessList')

	let isOver = false
	const load = async (port: number) => {
		let answers = 0
		for (; !isOver; answers++) {
			const { request } = checks[answers % checks.length] ?? { request: { method: '', params: [] } }
			const [checked, status] = [
				await call(port, request.method, request.params),
				await call(port, 'supervisor_syncStatus', []),
			]
			expect(checked).toHaveProperty('id', 1)
			if (status.result !== undefined)
				expectOrder((status.result as { chains: Record<string, Heads> }).chains)
		}
		return answers
	}
	const ports = await Promise.all(readers.map((reader) => reader.port()))
	const loads = ports.flatMap((port) => Array.from({ length: CONNECTIONS }, () => load(port)))
	const mainPort = await main.port()
	const isAtEnd = async () => {
		const { result } = await call(mainPort, 'supervisor_syncStatus', [])
		const chains = (result as { chains: Record<string, Heads> } | undefined)?.chains
		return recording.chains.every(({ chainId }) => {
			const expected = recording.heads.get(chainId)
			return (
				chains?.[`${chainId}`]?.safe.hash === recordedHead(expected, 'crossSafe')?.hash &&
				chains?.[`${chainId}`]?.localUnsafe.hash === recordedHead(expected, 'localUnsafe')?.hash &&
				chains?.[`${chainId}`]?.finalized.hash === recordedHead(expected, 'finalized')?.hash
			)
		})
	}
	const end = (async () => {
		while (!isOver && !(await isAtEnd()));
	})()
	await withDeadline('the recorded heads', end).finally(() => {
		isOver = true
	})
	for (const answers of await Promise.all(loads)) expect(answers).toBeGreaterThan(0)

	for (const { name, request } of queries) {
		const body = JSON.stringify({ jsonrpc: '2.0', id: name, ...request })
		const [expected, ...found] = await Promise.all([mainPort, ...ports].map((port) => post(port, body)))
		for (const answer of found) expect([name, answer]).toEqual([name, expected])
	}
	for (const one of [...readers, main]) expect(await one.terminate()).toBe(0)
}, 60_000)

/** Every answer is of one moment: the order of heads never breaks. */
function expectOrder(chains: Record<string, Heads>): void {
	for (const { finalized, safe, localSafe, crossUnsafe, localUnsafe } of Object.values(chains)) {
		expect(finalized.number).toBeLessThanOrEqual(safe.number)
		expect(safe.number).toBeLessThanOrEqual(localSafe.number)
		expect(safe.number).toBeLessThanOrEqual(crossUnsafe.number)
		expect(crossUnsafe.number).toBeLessThanOrEqual(localUnsafe.number)
	}
}
