import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { sampleRecording, timeOf } from '../supervisor/sample-recording.js'
import { replayed } from '../supervisor/supervised.js'
import { settingsFor, VigilProcess } from '../supervisor/vigil-process.js'

/** Node starts them before anything else. */
const V8_HELPERS = 4

interface Thread {
	readonly id: number
	readonly niceness: number
	/** In ticks since the machine has started. */
	readonly started: number
}

function threadsOf(pid: number): Thread[] {
	return readdirSync(`/proc/${pid}/task`).map((id) => {
		const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')
		// The second field, the name in brackets, may hold blanks; the third follows here.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
		return { id: Number(id), niceness: Number(fields[16]), started: Number(fields[19]) }
	})
}

function mainOf(pid: number): Thread {
	const main = threadsOf(pid).find(({ id }) => id === pid)
	if (main === undefined) throw new Error(`process ${pid} has no main thread`)
	return main
}

it.runIf(process.platform === 'linux')(
	'index threads and the helpers of V8 give way to main, and main does not to others',
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
		const usual = mainOf(process.pid).niceness
		const nicer = Math.min(19, usual + 5)
		expect(mainOf(pid).niceness).toBe(usual)
		const others = threadsOf(pid)
			.filter(({ id }) => id !== pid)
			.sort((a, b) => a.started - b.started || a.id - b.id)
		const helpers = others.slice(0, V8_HELPERS)
		expect(helpers.map(({ niceness }) => niceness)).toEqual(helpers.map(() => nicer))
		const later = others.slice(V8_HELPERS)
		expect(later.map(({ niceness }) => niceness)).toContain(nicer)
		const asUsual = later.filter(({ niceness }) => niceness === usual)
		expect(asUsual.length, 'cross-safety and the RPC server').toBeGreaterThanOrEqual(2)
		expect(await vigil.terminate()).toBe(0)
	},
)
