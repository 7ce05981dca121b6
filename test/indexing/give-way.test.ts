import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { sampleRecording, timeOf } from '../supervisor/sample-recording.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'

/** The 19th field of a thread's stat; the second, its name in brackets, may hold blanks. */
function niceness(pid: number, thread: string): number {
	const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
	return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
}

it.runIf(process.platform === 'linux')(
	'index threads give way to main, and main does not to others',
	async () => {
		const recording = sampleRecording({ derived: 5 })
		const replay = await replayed(recording, { kind: 'steps' })
		const vigil = new VigilProcess(settingsFor(recording, replay, temporaryDirectory()))
		replay.advance(timeOf(5))
		await until('blocks to be indexed', async () => {
			const heads = Object.values((await vigil.heads()) ?? {})
			return heads.length > 0 && heads.every(({ localUnsafe }) => localUnsafe.number === 5)
		})
		const { pid } = vigil
		const usual = niceness(process.pid, `${process.pid}`)
		expect(niceness(pid, `${pid}`)).toBe(usual)
		const all = readdirSync(`/proc/${pid}/task`).map((thread) => niceness(pid, thread))
		expect(all).toContain(Math.min(19, usual + 5))
		// One index thread, and what it has started itself; the others are as usual.
		expect(all.filter((nice) => nice === usual).length).toBeGreaterThan(all.length / 2)
		expect(await vigil.terminate()).toBe(0)
	},
)
