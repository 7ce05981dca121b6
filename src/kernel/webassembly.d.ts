/**
 * The types of Node 20 leave WebAssembly to those of browsers, which this project does not load; only what the kernel
 * needs is declared.
 */
declare namespace WebAssembly {
	class Module {
		constructor(bytes: Uint8Array)
	}
	class Instance {
		constructor(module: Module, imports?: object)
		readonly exports: Readonly<Record<string, unknown>>
	}
	interface Memory {
		readonly buffer: ArrayBuffer
	}
	class CompileError extends Error {}
	class RuntimeError extends Error {}
}
