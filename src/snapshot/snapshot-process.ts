import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../package-root.js'
import { SnapshotError } from './errors.js'

/** Of what the process says if it fails. */
const MAX_STDERR = 4_096

/**
 * Runs `vigil snapshot` in a process of its own, with the lowest priority: copying and checksums take as long as the
 * disk needs and must not take the time of the threads that supervise.
 * @throws SnapshotError with what the process says
 */
export async function snapshotInProcess(datadir: string, out: string, signal: AbortSignal): Promise<void> {
	const main = fileURLToPath(new URL('./dist/vigil.js', `${packageRoot().href.replace(/\/*$/, '/')}`))
	const child = spawn(process.execPath, [main, 'snapshot', '--datadir', datadir, '--out', out], {
		stdio: ['ignore', 'ignore', 'pipe'],
		signal,
		killSignal: 'SIGKILL',
	})
	let stderr = ''
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		stderr = (stderr + chunk).slice(-MAX_STDERR)
	})
	await new Promise<void>((resolve, reject) => {
		child.on('spawn', () => lowerPriority(child.pid))
		child.on('error', (error) => {
			// One that runs is waited for, also when it is killed: it writes until then.
			if (child.pid === undefined) reject(new SnapshotError(error.message, { cause: error }))
		})
		child.on('close', (code, name) => {
			if (code === 0) resolve()
			else reject(new SnapshotError(stderr.trim() || `its process ended with ${code ?? name}`))
		})
	})
}

function lowerPriority(pid: number | undefined): void {
	try {
		if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
	} catch {
		// It may be over already, and not every platform lets it be lowered: it is as good with the usual one.
	}
}
