import { RLP } from '@ethereumjs/rlp'
import { KECCAK_BYTES, keccak256 } from './keccak.js'

/*
 * A trie library builds a tree that can be changed: 60 ms for the 200 transactions of a block, in which nothing else
 * is served. Of a list that is complete only the root is needed, each node hashed once: 2 ms. The tests compare the two.
 */

interface Leaf {
	/** The RLP of its index, a nibble a byte. */
	readonly key: Uint8Array
	readonly value: Uint8Array
}

/** A node as its parent has it: its RLP if that is shorter than a hash, else its hash. */
type NodeRef = Uint8Array | NestedNode
type NestedNode = readonly (Uint8Array | NestedNode)[]

const NOTHING = new Uint8Array()
const BRANCHES = 16

/**
 * The root of the Merkle Patricia trie whose keys are the RLP of 0, 1, 2, ...: how blocks commit to their transactions,
 * receipts and withdrawals (Yellow Paper, appendix D).
 */
export function orderedTrieRoot(values: readonly Uint8Array[]): Uint8Array {
	if (values.length === 0) return keccak256(RLP.encode(NOTHING))
	const leaves = values.map((value, index) => ({ key: nibbles(RLP.encode(index)), value }))
	leaves.sort((a, b) => Buffer.compare(a.key, b.key))
	return keccak256(RLP.encode(nodeOf(leaves, 0) as Uint8Array[]))
}

/** The node of all `leaves`, which agree in their first `depth` nibbles. */
function nodeOf(leaves: readonly Leaf[], depth: number): NestedNode {
	const [first] = leaves
	if (first === undefined) throw new RangeError('a trie node without leaves')
	if (leaves.length === 1) return [compact(first.key.subarray(depth), true), first.value]
	const shared = sharedDepth(leaves, depth)
	if (shared > depth) return [compact(first.key.subarray(depth, shared), false), refOf(leaves, shared)]
	const branches: (Uint8Array | NestedNode)[] = []
	let from = 0
	for (let nibble = 0; nibble < BRANCHES; nibble++) {
		let to = from
		while (leaves[to]?.key[depth] === nibble) to++
		branches.push(from === to ? NOTHING : refOf(leaves.slice(from, to), depth + 1))
		from = to
	}
	// No key is the beginning of another one, so that no branch has a value.
	return [...branches, NOTHING]
}

function refOf(leaves: readonly Leaf[], depth: number): NodeRef {
	const node = nodeOf(leaves, depth)
	const encoded = RLP.encode(node as Uint8Array[])
	return encoded.length < KECCAK_BYTES ? node : keccak256(encoded)
}

/** Where the keys part: they are sorted, so that the first and the last one tell. */
function sharedDepth(leaves: readonly Leaf[], depth: number): number {
	const first = leaves[0]?.key ?? NOTHING
	const last = leaves.at(-1)?.key ?? NOTHING
	let shared = depth
	while (shared < first.length && first[shared] === last[shared]) shared++
	return shared
}

function nibbles(bytes: Uint8Array): Uint8Array {
	return Uint8Array.from({ length: bytes.length * 2 }, (_, i) => {
		const byte = bytes[i >> 1] ?? 0
		return i % 2 === 0 ? byte >> 4 : byte & 15
	})
}

/** Hex-prefix encoding (Yellow Paper, appendix C). */
function compact(path: Uint8Array, isLeaf: boolean): Uint8Array {
	const isOdd = path.length % 2 === 1
	const flag = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
	const padded = isOdd ? [flag, ...path] : [flag, 0, ...path]
	return Uint8Array.from({ length: padded.length / 2 }, (_, i) => {
		return ((padded[2 * i] ?? 0) << 4) | (padded[2 * i + 1] ?? 0)
	})
}
