import { readdirSync } from 'node:fs'
import { pathOf, textOf } from '../packaging/repository.js'

/** Everything that is written for people. */
export const DOCUMENTS: readonly string[] = [
	'README.md',
	'grafana/README.md',
	...readdirSync(pathOf('docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => `docs/${name}`),
]

/** The shell commands of a document, a block each. */
export function shellBlocks(document: string): string[] {
	return [...textOf(document).matchAll(/^```sh\n(.+?)^```$/gms)].map(([, block = '']) => block)
}
