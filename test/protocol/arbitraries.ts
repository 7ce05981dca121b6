import fc from 'fast-check'
import type { Access } from '../../src/protocol/access-list.js'
import type { BlockId, BlockRef, BlockSeal, L2BlockRef, OutputV0 } from '../../src/protocol/block.js'
import { type ChainId, chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { type Hash, parseHash } from '../../src/protocol/hash.js'
import { UINT64_MAX } from '../../src/protocol/hex-uint64.js'
import { type Address, MAX_LOG_INDEX, type Message } from '../../src/protocol/message.js'

export const anyBytes = (length: number) =>
	fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array))

export const anyHash: fc.Arbitrary<Hash> = anyBytes(32).map((b) =>
	parseHash(`0x${b.toString('hex')}`, 'hash'),
)

export const anyAddress: fc.Arbitrary<Address> = anyBytes(20).map((b): Address => `0x${b.toString('hex')}`)

export const anyUint64 = fc.bigInt({ min: 0n, max: UINT64_MAX })

/** Small ones, those around 64 bits, and any. */
export const anyChainId: fc.Arbitrary<ChainId> = fc
	.oneof(
		fc.bigInt({ min: 0n, max: 1000n }),
		fc.bigInt({ min: UINT64_MAX - 2n, max: UINT64_MAX + 2n }),
		fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
	)
	.map((id) => chainIdFromBigint(id))

export const anyLogIndex = fc.integer({ min: 0, max: MAX_LOG_INDEX })

export const anyUint = fc.maxSafeNat()

export const anyBlockId: fc.Arbitrary<BlockId> = fc.record({ hash: anyHash, number: anyUint })

export const anyBlockSeal: fc.Arbitrary<BlockSeal> = fc.record({
	hash: anyHash,
	number: anyUint,
	timestamp: anyUint,
})

export const anyBlockRef: fc.Arbitrary<BlockRef> = fc.record({
	hash: anyHash,
	number: anyUint,
	parentHash: anyHash,
	timestamp: anyUint,
})

export const anyL2BlockRef: fc.Arbitrary<L2BlockRef> = fc.record({
	hash: anyHash,
	number: anyUint,
	parentHash: anyHash,
	timestamp: anyUint,
	l1origin: anyBlockId,
	sequenceNumber: anyUint,
})

export const anyOutput: fc.Arbitrary<OutputV0> = fc.record({
	stateRoot: anyHash,
	messagePasserStorageRoot: anyHash,
	blockHash: anyHash,
})

export const anyAccess: fc.Arbitrary<Access> = fc.record({
	blockNumber: anyUint64,
	timestamp: anyUint64,
	logIndex: anyLogIndex,
	chainId: anyChainId,
	checksum: anyBytes(31).map((b) => parseHash(`0x03${b.toString('hex')}`, 'checksum')),
})

export const anyMessage: fc.Arbitrary<Message> = fc.record({
	identifier: fc.record({
		origin: anyAddress,
		blockNumber: anyUint64,
		logIndex: anyLogIndex,
		timestamp: anyUint64,
		chainId: anyChainId,
	}),
	payloadHash: anyHash,
})
