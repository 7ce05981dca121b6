import type { BenchOptions } from './bench-options.js'

export async function tipBench(_options: BenchOptions): Promise<number> {
	return 1
}
