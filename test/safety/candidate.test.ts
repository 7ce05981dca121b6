import { describe, expect, it } from 'vitest'
import { candidateOf } from '../../src/safety/candidate.js'
import { chainNamed, cluster, type SampleChain } from './cluster.js'

const A = chainNamed('a')
const DERIVED = { source: 1 }
const at = (block: number, scope: number) => ({ block, scope })

describe('candidate (rules, section 3)', () => {
	it.each<[string, SampleChain, number]>([
		['the child of the cross-safe head', { blocks: [DERIVED], crossSafe: at(0, 1) }, 1],
		['derived before the scope', { blocks: [DERIVED], crossSafe: at(0, 9) }, 1],
		['never one above it', { blocks: [DERIVED, DERIVED, DERIVED], crossSafe: at(1, 1) }, 2],
		[
			'a marker above it is of no account',
			{ blocks: [DERIVED, DERIVED], crossSafe: at(0, 1), awaited: 2 },
			1,
		],
	])('%s', (_, chain, number) => {
		const view = cluster({ chains: { a: chain } })
		const found = candidateOf(view, A)
		expect(found).toMatchObject({ kind: 'block', block: view.block('a', number) })
	})

	it.each<[string, SampleChain, 'future' | 'outOfScope', RegExp]>([
		['nothing is cross-safe', { blocks: [DERIVED], crossSafe: null }, 'future', /no cross-safe block/],
		[
			'the marker stands there',
			{ blocks: [DERIVED], crossSafe: at(0, 1), awaited: 1 },
			'future',
			/replacement of block 1/,
		],
		[
			'the cross-safe head is not local-safe any more',
			{ blocks: [{}, DERIVED], crossSafe: at(1, 1) },
			'future',
			/rewound below #1/,
		],
		[
			'it is not derived yet',
			{ blocks: [{}], crossSafe: at(0, 1) },
			'outOfScope',
			/block 1 .* not local-safe/,
		],
		['there is none', { crossSafe: at(0, 1) }, 'outOfScope', /block 1 of chain 1 is not local-safe/],
		[
			'it stands on another parent',
			{ blocks: [{ source: 1, isOnOtherParent: true }], crossSafe: at(0, 1) },
			'outOfScope',
			/block 1 of chain 1 is not local-safe/,
		],
		[
			'it is derived after the scope',
			{ blocks: [{ source: 3 }], crossSafe: at(0, 2) },
			'outOfScope',
			/#1 .* from L1 block 3, after its scope 2/,
		],
		[
			'it is derived after the scope, and not indexed',
			{ blocks: [{ source: 3, isNotIndexed: true }], crossSafe: at(0, 2) },
			'outOfScope',
			/after its scope 2/,
		],
		[
			'it is not indexed yet',
			{ blocks: [{ source: 1, isNotIndexed: true }], crossSafe: at(0, 1) },
			'future',
			/#1 .* is not indexed/,
		],
		[
			'another block is indexed there',
			{ blocks: [{ source: 1, isOtherIndexed: true }], crossSafe: at(0, 1) },
			'future',
			/#1 .* is not indexed/,
		],
	])('none while %s', (_, chain, kind, reason) => {
		const found = candidateOf(cluster({ chains: { a: chain } }), A)
		expect(found).toEqual({ kind, reason: expect.stringMatching(reason) })
	})
})
