import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'

const MODULE = new URL('../../dist/src/commands/process-io.js', import.meta.url).href

/** Runs a script with `io` as the commands have it. `onOutput` sees what it has printed so far. */
function runScript(
	script: string,
	onOutput: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
) {
	return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
		const text = `const { openProcessIo } = await import(${JSON.stringify(MODULE)}); const io = openProcessIo(); ${script}`
		const child = spawn(process.execPath, ['--input-type=module', '-e', text])
		let stdout = ''
		let stderr = ''
		child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			stdout += chunk
			onOutput(stdout, (signal) => child.kill(signal))
		})
		child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
			stderr += chunk
		})
		child.on('error', reject)
		child.on('close', (code) => resolve({ code, stdout, stderr }))
	})
}

describe('unforeseen errors', () => {
	test.each([
		["Promise.reject(new Error('lost'))", 'unhandled rejection: Error: lost'],
		["setImmediate(() => { throw new Error('lost') })", 'uncaught exception: Error: lost'],
	])('%s ends the process with 1 and the reason', async (script, reason) => {
		const { code, stderr } = await runScript(`setInterval(() => {}, 1000); ${script}`)
		expect(code).toBe(1)
		expect(stderr).toContain(reason)
	})

	test('a log that is in use has the last words', async () => {
		const { code, stdout } = await runScript(`
			io.useLog({ fatal: (fields, message) => console.log(message, fields.err.message) })
			setInterval(() => {}, 1000)
			Promise.reject(new Error('lost'))`)
		expect({ code, stdout }).toEqual({ code: 1, stdout: 'unhandled rejection lost\n' })
	})
})

describe('signals', () => {
	const WAITING = `
		const stop = io.stopSignal()
		const alive = setInterval(() => {}, 1000)
		stop.addEventListener('abort', () => console.log('stopping', stop.reason))
		console.log('ready')`

	test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('%s asks a command to stop', async (name) => {
		const script = `${WAITING}; stop.addEventListener('abort', () => clearInterval(alive))`
		const { code, stdout } = await runScript(script, (output, kill) => {
			if (output === 'ready\n') kill(name)
		})
		expect({ code, stdout }).toEqual({ code: 0, stdout: `ready\nstopping ${name}\n` })
	})

	test('a second signal ends a command that does not stop', async () => {
		const { code } = await runScript(WAITING, (_output, kill) => kill('SIGTERM'))
		expect(code).toBe(1)
	})
})

test('a reader that goes away is no error', async () => {
	const { code, stderr } = await runScript(`
		io.stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }))`)
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
