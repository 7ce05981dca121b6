import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeHexBytes } from '../../src/protocol/hex-bytes.js'
import { orderedTrieRoot } from '../../src/protocol/ordered-trie-root.js'

async function rootOfLibrary(values: readonly Uint8Array[]): Promise<Uint8Array> {
	const trie = new MerklePatriciaTrie()
	for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value)
	return trie.root()
}

it('is what a trie library makes of the same keys and values, short and long', async () => {
	const value = fc.oneof(
		fc.uint8Array({ minLength: 1, maxLength: 40 }),
		fc.uint8Array({ minLength: 33, maxLength: 300 }),
	)
	await fc.assert(
		fc.asyncProperty(fc.array(value, { maxLength: 40 }), async (values) => {
			expect(encodeHexBytes(orderedTrieRoot(values))).toBe(encodeHexBytes(await rootOfLibrary(values)))
		}),
		{ numRuns: 60 },
	)
})

it.each([0, 1, 2, 127, 128, 129, 255, 256, 257, 600])('of %i values', async (count) => {
	const values = Array.from({ length: count }, (_, i) => Buffer.from(`value ${i} ${'x'.repeat(i % 50)}`))
	expect(encodeHexBytes(orderedTrieRoot(values))).toBe(encodeHexBytes(await rootOfLibrary(values)))
})
