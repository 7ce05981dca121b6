import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url))

export interface BenchOutput {
	readonly code: number | null
	readonly stdout: string
	readonly stderr: string
}

/** Runs the compiled bench and resolves with its exit code and what it printed. */
export function runBench(...args: string[]): Promise<BenchOutput> {
	return runBenchIn(process.env, ...args)
}

/** The same with another environment. */
export function runBenchIn(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<BenchOutput> {
	if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run build" first`)
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [MAIN, ...args], { env: environment })
		const output = { stdout: '', stderr: '' }
		for (const name of ['stdout', 'stderr'] as const) {
			child[name].setEncoding('utf8').on('data', (text: string) => {
				output[name] += text
			})
		}
		child.on('error', reject)
		child.on('close', (code) => resolve({ code, ...output }))
	})
}
