import { readFileSync } from 'node:fs'
import { compiledFile } from '../package-root.js'

let compiled: WebAssembly.Module | undefined

/** The compiled kernel (`src/kernel/assembly`), read once a thread. */
export function kernelModule(): WebAssembly.Module {
	compiled ??= new WebAssembly.Module(readFileSync(compiledFile('src/kernel/receipts.wasm')))
	return compiled
}
