import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'rolldown'

const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i

/**
 * Adds a file with the licenses of all packages whose code is in the bundle: most of them ask for that.
 * @throws Error if a package has none
 */
export function collectLicenses(fileName: string): Plugin {
	return {
		name: 'collect-licenses',
		generateBundle(_options, output) {
			const packages = new Set<string>()
			for (const chunk of Object.values(output)) {
				if (chunk.type !== 'chunk') continue
				for (const id of chunk.moduleIds) {
					const folder = packageFolder(id)
					if (folder !== undefined) packages.add(folder)
				}
			}
			const source = [...packages].sort().map(licenseOf).join('\n')
			this.emitFile({ type: 'asset', fileName, source })
		},
	}
}

/**
 * Folder of the package that the module is of; undefined for our own and for those that the bundler makes, which may name
 * behind a `?` what they stand for.
 */
function packageFolder(moduleId: string): string | undefined {
	return /^[^?]*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(moduleId.replace(/^\0/, ''))?.[0]
}

function licenseOf(folder: string): string {
	const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
		name: string
		version: string
		license?: string
	}
	const texts = readdirSync(folder)
		.filter((file) => LICENSE_FILE.test(file))
		.map((file) => readFileSync(join(folder, file), 'utf8').trim())
	if (texts.length === 0 && license === undefined) throw new Error(`${name} does not say its license`)
	return `== ${name} ${version} (${license ?? 'see below'})\n\n${texts.join('\n\n')}\n`
}
