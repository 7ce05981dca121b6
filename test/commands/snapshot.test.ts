import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { allTables } from '../supervisor/expected-tables.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'
import { runVigil } from './vigil.js'

let recording: Recording
let replay: Replay
let datadir: string
beforeEach(async () => {
	recording = sampleRecording({ derived: 30 })
	replay = await replayed(recording)
	datadir = join(temporaryDirectory(), 'data')
})

/** A running Vigil at the recorded heads. */
async function runningVigil(flags: readonly string[] = [], directory = datadir): Promise<VigilProcess> {
	const vigil = new VigilProcess([...settingsFor(recording, replay, directory), ...flags])
	await vigil.reaches(recording)
	return vigil
}

const rpcOf = async (vigil: VigilProcess) => `http://127.0.0.1:${await vigil.port()}`
const messagesOf = (vigil: VigilProcess) => vigil.lines.map(({ msg }) => msg)

describe('vigil snapshot', () => {
	test('copies the data directory of a running Vigil; the copy is a data directory with all rows', async () => {
		const vigil = await runningVigil()
		const out = join(temporaryDirectory(), 'copy')
		const { code, stdout, stderr } = await runVigil(['snapshot', `--datadir=${datadir}`, `--out=${out}`])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		expect(stdout).toMatch(/copy: snapshot [0-9a-f]{32} of chains .*, 3 files, \d+ bytes\n$/)
		expect((await runVigil(['verify', `--datadir=${out}`])).code).toBe(0)
		expect(await vigil.terminate()).toBe(0)
		expect(await allTables(out, recording)).toEqual(await allTables(datadir, recording))
		const again = await runVigil(['snapshot', `--datadir=${datadir}`, `--out=${out}`])
		expect(again.code).toBe(1)
		expect(again.stderr).toMatch(/is not empty: remove it, or choose another name/)
	})

	test.each<[string[], number, RegExp]>([
		[['snapshot', '--out=x'], 2, /--datadir \(or VIGIL_DATADIR\): is required/],
		[['snapshot', '--datadir=x'], 2, /required option '--out <path>'/],
		[['snapshot', '--datadir=/nowhere', '--out=x'], 1, /holds no Vigil store/],
	])('%j: exit code %i', async (args, expected, message) => {
		const { code, stderr } = await runVigil(args)
		expect(code).toBe(expected)
		expect(stderr).toMatch(message)
	})
})

describe('--datadir.sync-endpoint', () => {
	test("an empty data directory starts from another Vigil's snapshot: nothing is indexed again", async () => {
		const source = await runningVigil(['--snapshot.serve'])
		const copy = join(temporaryDirectory(), 'copy')
		const synced = await runningVigil([`--datadir.sync-endpoint=${await rpcOf(source)}`], copy)
		expect(messagesOf(synced)).toContain('the data directory holds the snapshot now')
		expect(messagesOf(synced)).not.toContain('the log index of the chain begins')
		expect(readdirSync(datadir)).toContain('snapshot')
		expect(await synced.terminate()).toBe(0)
		expect(await source.terminate()).toBe(0)
		expect(synced.stderr + source.stderr).toBe('')
		const same = (await allTables(datadir, recording)).filter(({ table }) => table === 'canonical')
		expect((await allTables(copy, recording)).filter(({ table }) => table === 'canonical')).toEqual(same)
		const again = await runningVigil([`--datadir.sync-endpoint=http://127.0.0.1:1`], copy)
		expect(messagesOf(again)).toContain('the data directory holds a store: no snapshot is fetched')
	})

	test('a Vigil that serves none is refused with what to do, and nothing is begun', async () => {
		const source = await runningVigil()
		const copy = join(temporaryDirectory(), 'copy')
		const endpoint = await rpcOf(source)
		const { code, stderr } = await runVigil([
			...settingsFor(recording, replay, copy),
			`--datadir.sync-endpoint=${endpoint}`,
		])
		expect(code).toBe(1)
		expect(stderr).toMatch(/^vigil: --datadir\.sync-endpoint .*start it with --snapshot\.serve\n$/)
		expect(existsSync(join(copy, 'meta.mdb'))).toBe(false)
		expect((await fetch(`${endpoint}/snapshot/manifest.json`)).status).toBe(404)
	})

	test('told to stop while it waits for the endpoint, it ends at once with 0', async () => {
		const copy = join(temporaryDirectory(), 'copy')
		const settings = [...settingsFor(recording, replay, copy), '--datadir.sync-endpoint=http://127.0.0.1:1']
		const vigil = new VigilProcess(settings)
		await vigil.printed('the snapshot is waited for')
		expect(await vigil.terminate()).toBe(0)
		expect(messagesOf(vigil)).not.toContain('RPC server bound to address')
	})

	test('a data directory with other files is left alone', async () => {
		mkdirSync(datadir)
		writeFileSync(join(datadir, 'mine'), 'x')
		const settings = [
			...settingsFor(recording, replay, datadir),
			'--datadir.sync-endpoint=http://127.0.0.1:1',
		]
		const { code, stderr } = await runVigil(settings)
		expect(code).toBe(1)
		expect(stderr).toMatch(/other files \(mine\)/)
	})
})
