import { createHash } from 'node:crypto'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import { bytesToHash } from '../../src/protocol/hash.js'
import { type Content, contentKey, VARIANTS, type Variant } from './content.js'
import type { MessagePlan, Plan, RingPlan } from './plan.js'
import type { WorldChain } from './world.js'

const UNKNOWN_CHAIN = 666n as ChainId
/** A deposits-only block is nothing that somebody could plan a message for. */
const PLANNED_VARIANTS = VARIANTS.filter((variant) => variant !== 'depositsOnly')

/** A place in a block's logs for an executing message that is known only when all blocks have their logs. */
interface Entry {
	readonly hasLogBefore: boolean
	readonly message: () => ExecutingMessage
}

interface Draft {
	readonly chain: WorldChain
	readonly number: number
	readonly variant: Variant
	readonly entries: Entry[]
	/** By entry: its log index. */
	readonly places: Map<Entry, number>
	hashes: Uint8Array[]
	depositCount: number
}

/** The logs of every block by chain, number and variant: deposits first, then what executes messages, one more last. */
export function writeContents(plan: Plan, chains: readonly WorldChain[]): ReadonlyMap<string, Content> {
	const drafts = new Map<string, Draft>()
	for (const chain of chains)
		for (let number = chain.anchor.ref.number + 1; number <= chain.lastNumber; number++)
			for (const variant of VARIANTS) {
				const draft = { chain, number, variant, entries: [], places: new Map(), hashes: [], depositCount: 0 }
				drafts.set(contentKey(chain.index, number, variant), draft)
			}
	const writer = new Writer(chains, drafts)
	for (const message of plan.messages) writer.message(message)
	for (const ring of plan.rings) writer.ring(ring)
	return writer.contents()
}

class Writer {
	constructor(
		private readonly chains: readonly WorldChain[],
		private readonly drafts: ReadonlyMap<string, Draft>,
	) {}

	message(plan: MessagePlan): void {
		const chain = pick(this.chains, plan.chain)
		const number = blockAt(chain, plan.block)
		const draft = this.#draft(chain, number, pick(PLANNED_VARIANTS, plan.variant))
		const target = pick(this.chains, chain.index + plan.toward)
		const at = this.#numberAt(target, chain.timeOf(number), plan.age)
		// The first block of the other chain is later: there is nothing to execute.
		if (target.timeOf(at) > chain.timeOf(number)) return
		draft?.entries.push({
			hasLogBefore: plan.hasLogBefore,
			message: () => this.#claim(plan, target, at),
		})
	}

	ring(plan: RingPlan): void {
		const first = pick(this.chains, plan.chain)
		const time = first.timeOf(blockAt(first, plan.block))
		const members = this.chains.flatMap((chain) => {
			const isMember = chain === first || (plan.members & (1 << chain.index)) !== 0
			const number = this.#numberAt(chain, time, 0)
			const draft = this.#draft(chain, number, 'planned')
			return isMember && draft !== undefined && chain.timeOf(number) === time ? [draft] : []
		})
		const entries = members.map((_, i): Entry => {
			const next = (i + 1) % members.length
			return { hasLogBefore: false, message: () => this.#ringMessage(plan, members, entries, i, next) }
		})
		members.forEach((draft, i) => {
			const entry = entries[i]
			if (entry !== undefined) draft.entries.push(entry)
		})
	}

	contents(): ReadonlyMap<string, Content> {
		for (const draft of this.drafts.values()) this.#lay(draft)
		const contents = new Map<string, Content>()
		for (const [key, draft] of this.drafts) {
			const messages = new Map([...draft.places].map(([entry, at]) => [at, entry.message()]))
			const logs = draft.hashes.map((hash, at) => {
				const message = messages.get(at)
				return message === undefined ? { hash } : { hash, message }
			})
			contents.set(key, { depositCount: draft.depositCount, logs })
		}
		for (const chain of this.chains) {
			if (!chain.plan.isSameUnsafe) continue
			for (let number = chain.anchor.ref.number + 1; number <= chain.lastNumber; number++) {
				const planned = contents.get(contentKey(chain.index, number, 'planned'))
				if (planned !== undefined) contents.set(contentKey(chain.index, number, 'unsafe'), planned)
			}
		}
		return contents
	}

	#lay(draft: Draft): void {
		const { chain, number, variant, entries, places, hashes } = draft
		const log = (kind: string) => {
			const words = ['log', chain.index, number, kind, hashes.length]
			return hashes.push(createHash('sha256').update(words.join('/')).digest()) - 1
		}
		draft.depositCount = chain.plan.deposits[number % chain.plan.deposits.length] ?? 0
		for (let i = 0; i < draft.depositCount; i++)
			log(variant === 'elsewhere' ? 'deposit elsewhere' : 'deposit')
		if (variant === 'depositsOnly') return
		for (const entry of entries) {
			if (entry.hasLogBefore) log(variant)
			places.set(entry, log(variant))
		}
		log(variant)
	}

	/** The message that claims a log, right in all fields but the one that the fault spoils. */
	#claim(plan: MessagePlan, target: WorldChain, number: number): ExecutingMessage {
		const claim = { chainId: target.chainId, number, time: target.timeOf(number), index: 0, shift: 0 }
		const draft = this.#draft(target, number, pick(PLANNED_VARIANTS, plan.toVariant))
		claim.index = plan.log % Math.max(1, draft?.hashes.length ?? 0)
		const hash = draft?.hashes[claim.index] ?? Buffer.alloc(32)
		const spoil: readonly (() => void)[] = [
			() => {
				claim.shift = 1
			},
			() => {
				claim.index++
			},
			() => {
				claim.time--
			},
			() => {
				claim.number++
			},
			() => {
				claim.chainId = UNKNOWN_CHAIN
			},
			() => {
				claim.number = target.anchor.ref.number
				claim.time = target.anchor.ref.timestamp
			},
			() => {
				claim.number += 3
				claim.time = target.timeOf(claim.number)
			},
			() => {
				claim.index += 50
			},
		]
		spoil[plan.fault]?.()
		return message(claim, hash)
	}

	#ringMessage(
		plan: RingPlan,
		members: readonly Draft[],
		entries: readonly Entry[],
		at: number,
		next: number,
	): ExecutingMessage {
		const target = members[next]
		const entry = entries[next]
		if (target === undefined || entry === undefined) throw new RangeError(`no member ${next} in the ring`)
		const isGap = at === 0
		const last = target.hashes.length - 1
		const through = plan.isThroughLastLog ? last : (target.places.get(entry) ?? last)
		const index = isGap && plan.gap === 1 ? 0 : through
		const { chain, number } = target
		const hash = target.hashes[index] ?? Buffer.alloc(32)
		const claim = { chainId: chain.chainId, number, time: chain.timeOf(number), index, shift: 0 }
		if (isGap && plan.gap === 2) claim.shift = 1
		return message(claim, hash)
	}

	#draft(chain: WorldChain, number: number, variant: Variant): Draft | undefined {
		return this.drafts.get(contentKey(chain.index, number, variant))
	}

	/** The block of a chain at a time, or so many before it: none that holds no messages, if that can be. */
	#numberAt(chain: WorldChain, time: number, age: number): number {
		const [first, last] = [chain.anchor.ref.number + 1, chain.lastNumber]
		const behind = (time - chain.timeOf(0)) / chain.blockTime
		const older = Math.min(last, Math.ceil(behind) - age)
		return age > 0 && older >= first ? older : Math.max(first, Math.min(last, Math.floor(behind)))
	}
}

interface Claim {
	readonly chainId: ChainId
	readonly number: number
	readonly time: number
	readonly index: number
	/** Added to the last byte of the checksum. */
	readonly shift: number
}

function message({ chainId, number, time, index, shift }: Claim, logHash: Uint8Array): ExecutingMessage {
	const place = { chainId, blockNumber: BigInt(number), timestamp: BigInt(time), logIndex: index }
	const checksum = Buffer.from(messageChecksum({ ...place, logHash }).slice(2), 'hex')
	checksum[31] = ((checksum[31] ?? 0) + shift) % 256
	return { ...place, checksum: bytesToHash(checksum) }
}

function blockAt(chain: WorldChain, offset: number): number {
	const first = chain.anchor.ref.number + 1
	return first + (offset % Math.max(1, chain.lastNumber - first + 1))
}

function pick<T>(of: readonly T[], index: number): T {
	const item = of[index % of.length]
	if (item === undefined) throw new RangeError('nothing to pick from')
	return item
}
