import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../src/package-root.js'

export type Message = Record<string, unknown>

/** Starts the compiled second process. Its output is dropped: lmdb-js prints the errors that these tests cause. */
export function startChild(mode: string, directory: string): ChildProcess {
	const file = fileURLToPath(
		new URL('./dist/test/storage/store-child.js', `${packageRoot().href.replace(/\/*$/, '/')}`),
	)
	return fork(file, [mode, directory], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

/** The next message of a child; an early end is an error. */
export async function nextMessage(child: ChildProcess): Promise<Message> {
	const [message] = await Promise.race([
		once(child, 'message'),
		once(child, 'exit').then(([code, signal]) => {
			throw new Error(`the child ended with ${code ?? signal}`)
		}),
	])
	return message as Message
}

export async function ended(child: ChildProcess): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Limits the size to which a running process may write files: beyond it writes fail as on a full disk. */
export function limitFileSize(child: ChildProcess, bytes: number | 'unlimited'): void {
	execFileSync('prlimit', ['--pid', `${child.pid}`, `--fsize=${bytes}:unlimited`])
}
