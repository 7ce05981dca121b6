import type {
	BlockId,
	BlockRef,
	BlockReplacement,
	BlockSeal,
	DerivedBlockRefPair,
	DerivedBlockSealPair,
	DerivedIdPair,
	L2BlockRef,
	OutputV0,
} from './block.js'
import type { ManagedEvent } from './managed-event.js'

/*
 * The block types as JSON values. Each function takes exactly the members of its type, in the order of the peers'
 * encoders, whatever else the object at hand carries: a block with more on it must not leak onto the wire.
 */

export function encodeBlockId(block: BlockId): BlockId {
	return { hash: block.hash, number: block.number }
}

export function encodeBlockSeal(block: BlockSeal): BlockSeal {
	return { hash: block.hash, number: block.number, timestamp: block.timestamp }
}

export function encodeBlockRef(block: BlockRef): BlockRef {
	return {
		hash: block.hash,
		number: block.number,
		parentHash: block.parentHash,
		timestamp: block.timestamp,
	}
}

export function encodeL2BlockRef(block: L2BlockRef): L2BlockRef {
	return {
		...encodeBlockRef(block),
		l1origin: encodeBlockId(block.l1origin),
		sequenceNumber: block.sequenceNumber,
	}
}

export function encodeDerivedPair(pair: DerivedBlockRefPair): DerivedBlockRefPair {
	return { source: encodeBlockRef(pair.source), derived: encodeBlockRef(pair.derived) }
}

export function encodeDerivedSealPair(pair: DerivedBlockSealPair): DerivedBlockSealPair {
	return { source: encodeBlockSeal(pair.source), derived: encodeBlockSeal(pair.derived) }
}

export function encodeDerivedIdPair(pair: DerivedIdPair): DerivedIdPair {
	return { source: encodeBlockId(pair.source), derived: encodeBlockId(pair.derived) }
}

export function encodeBlockReplacement(replaced: BlockReplacement): BlockReplacement {
	return { replacement: encodeBlockRef(replaced.replacement), invalidated: replaced.invalidated }
}

export function encodeOutputV0(output: OutputV0): OutputV0 {
	return {
		stateRoot: output.stateRoot,
		messagePasserStorageRoot: output.messagePasserStorageRoot,
		blockHash: output.blockHash,
	}
}

/** An event as op-node spells it; members that are not set are left out. */
export function encodeManagedEvent(event: ManagedEvent): ManagedEvent {
	const { reset, unsafeBlock, derivationUpdate, exhaustL1, replaceBlock, derivationOriginUpdate } = event
	return {
		...(reset === undefined ? {} : { reset }),
		...(unsafeBlock === undefined ? {} : { unsafeBlock: encodeBlockRef(unsafeBlock) }),
		...(derivationUpdate === undefined ? {} : { derivationUpdate: encodeDerivedPair(derivationUpdate) }),
		...(exhaustL1 === undefined ? {} : { exhaustL1: encodeDerivedPair(exhaustL1) }),
		...(replaceBlock === undefined ? {} : { replaceBlock: encodeBlockReplacement(replaceBlock) }),
		...(derivationOriginUpdate === undefined
			? {}
			: { derivationOriginUpdate: encodeBlockRef(derivationOriginUpdate) }),
	}
}
