import { readdirSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { packageRoot } from '../package-root.js'
import { collectLicenses } from './licenses.js'

/**
 * Packages that stay what they are: they load native code, or files beside their own, by their place. All others go
 * into the bundle, because a start spends most of its time on finding and reading some 700 small files.
 */
const EXTERNAL = ['fs-native-extensions', 'lmdb', 'msgpackr', 'pino-pretty', 'piscina']

/**
 * What is taken for a package's main file. hash-wasm's has all of its hashes in one function, which each thread would
 * compile for the sake of one; of its modules the others are left out. What fastify compiles schemas with, half of its
 * code, is left out: see `NO_SCHEMAS`.
 */
const INSTEAD = {
	'hash-wasm': 'hash-wasm/dist/index.esm.js',
	'@fastify/ajv-compiler': false,
	'@fastify/fast-json-stringify-compiler': false,
} as const

/** Where the bundle goes, in `dist`. */
const OUTPUTS = ['vigil.js', 'threads', 'chunks', 'third-party-licenses.txt']

/** Makes the program of what the compiler has written: an entry, one for each worker thread, and what they share. */
async function bundle(): Promise<void> {
	const dist = fileURLToPath(new URL('./dist/', `${packageRoot().href.replace(/\/*$/, '/')}`))
	for (const output of OUTPUTS) rmSync(`${dist}${output}`, { recursive: true, force: true })
	const threads = readdirSync(`${dist}workers`)
		.filter((file) => file.endsWith('.js'))
		.map((file) => [`threads/${basename(file, '.js')}`, `${dist}workers/${file}`] as const)
	const build = await rolldown({
		input: { vigil: `${dist}src/main.js`, ...Object.fromEntries(threads) },
		platform: 'node',
		resolve: { alias: INSTEAD },
		external: (id) => EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`)),
		plugins: [collectLicenses('third-party-licenses.txt')],
		onwarn: (warning) => {
			throw new Error(`the bundle has a fault: ${warning.message}`)
		},
	})
	await build.write({
		dir: dist,
		format: 'esm',
		entryFileNames: '[name].js',
		chunkFileNames: 'chunks/[name].js',
	})
	await build.close()
}

await bundle()
