import { createHash } from 'node:crypto'
import type { BlockId, BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import type { ExecutingLog, ExecutingMessage } from '../../src/protocol/executing-message.js'
import { bytesToHash, type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import { LinkCheck } from '../../src/safety/link-check.js'
import type { SafetyRules } from '../../src/safety/rules.js'
import type { DerivedBlock, SafetyView, ScopedBlock } from '../../src/safety/safety-view.js'

/** A message to a log of another block, by its place. What is not right about it is stated. */
export interface SampleMessage {
	readonly chain: string
	readonly block: number
	/** Index of the initiating log. */
	readonly log: number
	/** If it is not the block's. */
	readonly time?: number
	readonly wrongChecksum?: boolean
}

export interface SampleBlock {
	/** Seconds; by default ten times the number. */
	readonly time?: number
	/** Number of logs, by default 5. */
	readonly logs?: number
	/** Executing messages by the index of the log that carries them. */
	readonly executes?: { readonly [log: number]: SampleMessage }
	/** The first L1 block from which it is derived; without it the block is only unsafe. */
	readonly source?: number
	/** Another block of the same place is in the log index. */
	readonly isOtherIndexed?: boolean
	/** It is local-safe, but not in the log index yet. */
	readonly isNotIndexed?: boolean
	/** It does not stand on the block before it: that was rewound. */
	readonly isOnOtherParent?: boolean
}

export interface SampleChain {
	/** Block 0 is the anchor, derived from L1 block 0; these are the blocks from 1 on. */
	readonly blocks?: readonly SampleBlock[]
	/** Cross-safe: the last block, the newest scope, and the scopes of blocks that are below it. */
	readonly crossSafe?: {
		readonly block: number
		readonly scope: number
		readonly scopes?: { readonly [block: number]: number }
	} | null
	/** Number of the cross-unsafe head, by default that of cross-safe. */
	readonly crossUnsafe?: number
	/** The last L1 block that local-safe knows, by default the last source. */
	readonly localSafeTip?: number
	/** Number of the block that waits for its replacement. */
	readonly awaited?: number
	/** Number of the local-safe block on which the chain's nodes disagree. */
	readonly disputed?: number
	/** Number of the first block above the anchor that retention has kept. */
	readonly keptFrom?: number
	/** Seconds; by default before everything. */
	readonly interopTime?: number
}

export interface SampleCluster {
	readonly chains: { readonly [name: string]: SampleChain }
}

interface Content {
	readonly logs: number
	readonly executing: readonly ExecutingLog[]
}

interface BuiltChain extends SampleChain {
	readonly blocks: readonly SampleBlock[]
	readonly refs: readonly BlockRef[]
	readonly other: ReadonlyMap<number, BlockRef>
}

const LONG_AGO = -1_000
export const EXPIRY_SECONDS = 1_000

function isGone(chain: SampleChain | undefined, number: number): boolean {
	return number > 0 && number < (chain?.keptFrom ?? 0)
}

/** The name of a chain as its ID: `a` is 1, `b` is 2, and so on. */
export function chainNamed(name: string): ChainId {
	return BigInt(name.charCodeAt(0) - 96) as ChainId
}

/** A cluster in memory, as plain data. It counts what is read of it. */
export class TestCluster implements SafetyView {
	readonly rules: SafetyRules
	/** Reads of logs, of executing messages, and of anything. */
	readonly reads = { logs: 0, messages: 0, all: 0 }
	readonly #chains = new Map<ChainId, BuiltChain>()
	readonly #contents = new Map<Hash, Content>()

	constructor(cluster: SampleCluster) {
		for (const [name, chain] of Object.entries(cluster.chains))
			this.#chains.set(chainNamed(name), build(name, chain))
		const chains = new Map(
			[...this.#chains].map(([chainId, { interopTime = LONG_AGO }]) => [
				chainId,
				{ interopTime, blockTime: 10 },
			]),
		)
		this.rules = { link: new LinkCheck({ chains, messageExpiryWindow: EXPIRY_SECONDS }) }
		for (const chain of this.#chains.values()) {
			for (const [at, block] of [{ logs: 0 }, ...chain.blocks].entries()) {
				const ref = chain.refs[at]
				if (ref === undefined) continue
				this.#contents.set(ref.hash, { logs: block.logs ?? 5, executing: this.#messages(block) })
			}
		}
	}

	/** A block of a chain. */
	block(name: string, number: number): BlockRef {
		const ref = this.#chain(chainNamed(name)).refs[number]
		if (ref === undefined) throw new Error(`chain ${name} has no block ${number}`)
		return ref
	}

	/** The message that executes a log of this cluster. */
	message({ chain, block, log, time, wrongChecksum }: SampleMessage): ExecutingMessage {
		const chainId = chainNamed(chain)
		const ref = this.#chains.get(chainId)?.refs[block]
		const place = {
			chainId,
			blockNumber: BigInt(block),
			timestamp: BigInt(time ?? ref?.timestamp ?? block * 10),
			logIndex: log,
		}
		const logHash = logHashOf(ref?.hash ?? ZERO_HASH, wrongChecksum ? -1 : log)
		return { ...place, checksum: messageChecksum({ ...place, logHash }) }
	}

	get chainIds(): readonly ChainId[] {
		return [...this.#chains.keys()]
	}

	firstKept(chainId: ChainId): BlockRef | undefined {
		const chain = this.#read(chainId)
		return chain?.refs[chain.keptFrom ?? 0]
	}

	anchor(chainId: ChainId): BlockRef | undefined {
		const chain = this.#read(chainId)
		return chain?.refs[0]
	}

	canonical(chainId: ChainId, number: number): BlockRef | undefined {
		const chain = this.#read(chainId)
		const block = chain?.blocks[number - 1]
		if (block?.isNotIndexed || isGone(chain, number)) return undefined
		return block?.isOtherIndexed ? chain?.other.get(number) : chain?.refs[number]
	}

	localUnsafe(chainId: ChainId): BlockRef | undefined {
		const chain = this.#read(chainId)
		return chain?.refs.findLast(({ number }) => chain.blocks[number - 1]?.isNotIndexed !== true)
	}

	executingMessages(chainId: ChainId, { hash }: BlockId): readonly ExecutingLog[] {
		this.#read(chainId)
		this.reads.messages++
		return this.#contents.get(hash)?.executing ?? []
	}

	logHash(chainId: ChainId, { hash }: BlockId, logIndex: number): Uint8Array | undefined {
		this.#read(chainId)
		this.reads.logs++
		const content = this.#contents.get(hash)
		return content === undefined || logIndex >= content.logs ? undefined : logHashOf(hash, logIndex)
	}

	localSafe(chainId: ChainId, number: number): DerivedBlock | undefined {
		const chain = this.#read(chainId)
		if (isGone(chain, number)) return undefined
		const source = number === 0 ? 0 : chain?.blocks[number - 1]?.source
		const ref = chain?.refs[number]
		if (ref === undefined || source === undefined) return undefined
		const isOther = chain?.blocks[number - 1]?.isOnOtherParent === true
		return { ...ref, source, parentHash: isOther ? ZERO_HASH : ref.parentHash }
	}

	source(chainId: ChainId, l1Number: number): object | undefined {
		const chain = this.#read(chainId)
		const tip = chain?.localSafeTip ?? Math.max(0, ...(chain?.blocks.map(({ source = 0 }) => source) ?? []))
		return l1Number <= tip ? {} : undefined
	}

	pendingInvalidation(chainId: ChainId): { readonly block: BlockId } | undefined {
		const chain = this.#read(chainId)
		const block = chain?.awaited === undefined ? undefined : chain.refs[chain.awaited]
		return block && { block }
	}

	disputed(chainId: ChainId): { readonly block: BlockId } | undefined {
		const chain = this.#read(chainId)
		const block = chain?.disputed === undefined ? undefined : chain.refs[chain.disputed]
		return block && { block }
	}

	crossSafeHead(chainId: ChainId): ScopedBlock | undefined {
		const chain = this.#read(chainId)
		const head = chain?.crossSafe
		if (head === null || chain === undefined) return undefined
		return head === undefined ? this.#scoped(chain, 0, 0) : this.#scoped(chain, head.block, head.scope)
	}

	crossSafe(chainId: ChainId, number: number): ScopedBlock | undefined {
		const chain = this.#read(chainId)
		const head = chain?.crossSafe
		if (chain === undefined || head === null || number > (head?.block ?? 0)) return undefined
		const scope = number === 0 ? 0 : (head?.scopes?.[number] ?? chain.blocks[number - 1]?.source ?? 0)
		return this.#scoped(chain, number, scope)
	}

	crossUnsafe(chainId: ChainId): BlockId | undefined {
		const chain = this.#read(chainId)
		return chain?.refs[chain.crossUnsafe ?? chain.crossSafe?.block ?? 0]
	}

	#scoped(chain: BuiltChain, number: number, scope: number): ScopedBlock | undefined {
		const ref = chain.refs[number]
		return ref && { hash: ref.hash, number, scope }
	}

	#messages({ executes = {} }: SampleBlock): ExecutingLog[] {
		return Object.entries(executes).map(([logIndex, message]) => ({
			logIndex: Number(logIndex),
			message: this.message(message),
		}))
	}

	#chain(chainId: ChainId): BuiltChain {
		const chain = this.#chains.get(chainId)
		if (chain === undefined) throw new Error(`no chain ${chainId}`)
		return chain
	}

	#read(chainId: ChainId): BuiltChain | undefined {
		this.reads.all++
		return this.#chains.get(chainId)
	}
}

/** A cluster in memory: `cluster({ chains: { a: { blocks: [{ source: 1 }] }, b: {} } })`. */
export function cluster(sample: SampleCluster): TestCluster {
	return new TestCluster(sample)
}

function build(name: string, chain: SampleChain): BuiltChain {
	const blocks = chain.blocks ?? []
	const refs: BlockRef[] = []
	const other = new Map<number, BlockRef>()
	for (let number = 0; number <= blocks.length; number++) {
		const parentHash = refs.at(-1)?.hash ?? ZERO_HASH
		const timestamp = blocks[number - 1]?.time ?? number * 10
		refs.push({ hash: hashOf(name, number), number, parentHash, timestamp })
		other.set(number, { hash: hashOf(name, number, 'other'), number, parentHash, timestamp })
	}
	return { ...chain, blocks, refs, other }
}

function hashOf(...words: readonly (string | number)[]): Hash {
	return bytesToHash(createHash('sha256').update(words.join('/')).digest())
}

function logHashOf(block: Hash, index: number): Uint8Array {
	return createHash('sha256').update(`${block}/log/${index}`).digest()
}
