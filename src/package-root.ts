import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The folder that holds package.json, found from this file, whether it runs compiled or from source. */
export function packageRoot(): URL {
	let folder = new URL('./', import.meta.url)
	while (!existsSync(new URL('package.json', folder))) {
		const parent = new URL('../', folder)
		if (parent.href === folder.href) {
			throw new Error(
				`no package.json above ${fileURLToPath(import.meta.url)}: the installation is incomplete`,
			)
		}
		folder = parent
	}
	return pathToFileURL(fileURLToPath(folder))
}

/**
 * The bundled entry file of a worker thread (src/packaging/bundle.ts). Tests, benches and production all start this one
 * file, so that what is tested is what runs.
 */
export function workerFile(name: string): URL {
	return compiledFile(`threads/${name}.js`)
}

/** A file that the build makes, by its path in `dist`; the same one for all who run, as worker threads are. */
export function compiledFile(path: string): URL {
	const file = new URL(`./dist/${path}`, `${packageRoot().href.replace(/\/*$/, '/')}`)
	if (!existsSync(file)) throw new Error(`${fileURLToPath(file)} is missing: run "npm run build" first`)
	return file
}
