import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../src/config/resolve-options.js'
import { packageRoot } from '../../src/package-root.js'

/** What runs in production; and the same as single modules, for tests that exchange one of them. */
export type Program = 'dist/vigil.js' | 'dist/src/main.js'

export interface CommandResult {
	readonly code: number | null
	readonly stdout: string
	readonly stderr: string
}

/** Starts the compiled program with only the given variables (and PATH). */
export function startVigil(
	args: readonly string[],
	env: Environment = {},
	cwd?: string,
	program: Program = 'dist/vigil.js',
) {
	const main = fileURLToPath(new URL(program, `${packageRoot().href.replace(/\/*$/, '/')}`))
	if (!existsSync(main)) throw new Error(`${main} is missing: run "npm run build" first`)
	return spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...env }, cwd })
}

/** Runs the compiled program to its end. */
export function runVigil(
	args: readonly string[],
	env: Environment = {},
	cwd?: string,
): Promise<CommandResult> {
	return new Promise((resolve, reject) => {
		const child = startVigil(args, env, cwd)
		const output = { stdout: '', stderr: '' }
		for (const name of ['stdout', 'stderr'] as const) {
			child[name].setEncoding('utf8').on('data', (chunk: string) => {
				output[name] += chunk
			})
		}
		child.on('error', reject)
		child.on('close', (code) => resolve({ code, ...output }))
	})
}
