import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type CorpusCounts, runCorpus } from './run-corpus.js'

/** 312 thousand steps, most of them one transaction and one check of all invariants. */
const CORPUS_TIMEOUT = 15 * 60_000

const file = (name: string) => fileURLToPath(new URL(`../vectors/cross/${name}`, import.meta.url))

describe('scenarios', () => {
	test(
		'all 2,000 come out as recorded, or as the rules say instead',
		async () => {
			const counts = await runCorpus({
				scenarios: file('scenarios.ndjson.gz'),
				expected: file('expected.ndjson.gz'),
			})
			expect(counts.failed).toEqual([])
			expect(counts).toMatchObject({ equal: 963, until: 905, refused: 132 } satisfies Partial<CorpusCounts>)
			expect(Object.fromEntries(counts.rules)).toEqual({
				'derived-only': 616,
				frontier: 357,
				precedence: 142,
				'canonical-candidate': 78,
				'cross-unsafe-cut': 48,
				'below-anchor': 46,
				'closure-wait': 43,
			})
		},
		CORPUS_TIMEOUT,
	)
})
