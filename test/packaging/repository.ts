import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../src/package-root.js'

/** The path of a file or folder of the repository. */
export function pathOf(path: string): string {
	return fileURLToPath(new URL(path, `${packageRoot().href.replace(/\/*$/, '/')}`))
}

export function textOf(path: string): string {
	return readFileSync(pathOf(path), 'utf8')
}

/** What the program says if it is on this machine and takes these arguments, else undefined. */
export function available(program: string, args: readonly string[]): string | undefined {
	const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
	return status === 0 ? stdout : undefined
}
