import asc from 'assemblyscript/asc'

/** What a kernel exports beside `reserve` and `scan`, all at one place that holds nothing. */
const REST = `
export function eventTopic(): usize { return 64 }
export function inboxAddress(): usize { return 128 }
export function blockHashText(): usize { return 192 }
export function blockNumberText(): usize { return 320 }
export function logHashes(): usize { return 1024 }
export function reportCount(): u32 { return 0 }
export function reports(): usize { return 2048 }
`

/** A kernel that answers every text with this, in AssemblyScript. */
export async function compileKernel(source: {
	readonly reserve?: string
	readonly scan: string
}): Promise<WebAssembly.Module> {
	const reserve = source.reserve ?? 'memory.grow(((length >> 16) + 1) as i32); return 4096'
	const text = `
export function reserve(length: usize): usize { ${reserve} }
export function scan(numberTextBytes: usize, hashes: bool): i32 { ${source.scan} }
${REST}`
	const { binary, error, stderr } = await asc.compileString(text, {
		runtime: 'stub',
		noAssert: true,
		optimizeLevel: 1,
		initialMemory: 1,
		use: ['abort='],
	})
	if (binary === null) throw new Error(`${error?.message}: ${stderr.toString()}`)
	return new WebAssembly.Module(binary)
}
