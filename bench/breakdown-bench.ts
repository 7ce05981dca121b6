import type { BenchOptions } from './bench-options.js'

export async function breakdownBench(_options: BenchOptions): Promise<number> {
	return 1
}
