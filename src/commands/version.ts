import { readFileSync } from 'node:fs'
import { packageRoot } from '../package-root.js'

/** The version of the installed package. */
export function vigilVersion(): string {
	const root = packageRoot().href.replace(/\/*$/, '/')
	const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string }
	return version
}
