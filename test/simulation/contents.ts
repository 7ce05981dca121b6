import { createHash } from 'node:crypto'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import { encodeExecutingMessageLog, type LogContent } from '../../src/protocol/executing-message-log.js'
import { bytesToHash } from '../../src/protocol/hash.js'
import { logHash, payloadHash } from '../../src/protocol/log-hash.js'
import type { Address, Message } from '../../src/protocol/message.js'
import { Random } from '../../src/recording/generate/random.js'
import { type Content, contentKey, type Variant, type WorldLog } from '../oracle/content.js'
import type { ChainShape, Shape } from './shape.js'

/** A log with all that its receipt says. */
export interface SimulatedLog extends WorldLog {
	readonly content: LogContent
}

export interface SimulatedContent extends Content {
	readonly logs: readonly SimulatedLog[]
}

const UNKNOWN_CHAIN = 666n as ChainId
const ADDRESSES = 3

/** What spoils a message; everything after these leaves it as it is. */
const FAULTS: readonly ((claim: Claim) => Partial<Claim>)[] = [
	() => ({ isOther: true }),
	({ index }) => ({ index: index + 1 }),
	({ time }) => ({ time: time - 1 }),
	({ number }) => ({ number: number + 1 }),
	() => ({ chainId: UNKNOWN_CHAIN }),
	({ chain }) => ({ number: chain.activation, time: chain.timeOf(chain.activation) }),
	({ chain, number }) => ({ number: number + 3, time: chain.timeOf(number + 3) }),
	({ index }) => ({ index: index + 50 }),
]

interface Claim {
	readonly chain: ChainShape
	readonly chainId: ChainId
	readonly number: number
	readonly time: number
	readonly index: number
	/** The payload is not that of the log. */
	readonly isOther: boolean
}

/** A message before the logs are laid out. */
interface Plan {
	readonly target: ChainShape
	readonly number: number
	readonly variant: Variant
	readonly pick: number
	readonly fault: number
	readonly hasLogBefore: boolean
	/** Names the last log of its block: a ring of these is a cycle. */
	readonly isLastLog?: boolean
}

/**
 * The logs of every block by chain, number and variant, as in the oracle's clusters but with real receipts: deposits
 * first, then plain logs and those that execute messages, a plain one last. Messages name plain logs alone, so that
 * no log depends on itself.
 */
export class Contents {
	readonly #shape: Shape
	readonly #plans = new Map<string, Plan[]>()
	readonly #made = new Map<string, SimulatedContent>()

	constructor(shape: Shape) {
		this.#shape = shape
		for (let i = 0; i < shape.messages; i++) this.#planMessage(new Random(shape.seed, 0x3e55, i))
		for (let i = 0; i < shape.rings; i++) this.#planRing(new Random(shape.seed, 0x4149, i))
	}

	of(chain: ChainShape, number: number, variant: Variant): SimulatedContent {
		const key = contentKey(chain.index, number, variant)
		let made = this.#made.get(key)
		if (made === undefined) {
			made = this.#make(chain, number, variant)
			this.#made.set(key, made)
		}
		return made
	}

	#planMessage(random: Random): void {
		const { chains, messageSpan, faultShare } = this.#shape
		const chain = pick(chains, random)
		const first = chain.activation + 1
		const last = chain.numberAt(messageSpan)
		if (last < first) return
		const number = first + random.below(last - first + 1)
		const variant: Variant =
			random.fraction() < 0.9 ? 'planned' : pick(['aboveReplacement', 'elsewhere', 'unsafe'], random)
		const target = pick(chains, random)
		const age = pick([0, 0, 0, 1, 1, 2, 5, 12], random)
		const at = Math.min(target.numberAt(messageSpan), target.numberAt(chain.timeOf(number)) - age)
		if (at <= target.activation || target.timeOf(at) > chain.timeOf(number)) return
		// A log of the same block or a later one of the same chain would be a cycle; there are rings for that.
		if (target === chain && at >= number) return
		this.#add(chain, number, variant, {
			target,
			number: at,
			variant: random.fraction() < 0.95 ? 'planned' : 'elsewhere',
			pick: random.below(16),
			fault: random.fraction() < faultShare ? random.below(FAULTS.length) : FAULTS.length,
			hasLogBefore: random.below(2) === 0,
		})
	}

	/** Blocks of one time each of which executes the last log of the next. */
	#planRing(random: Random): void {
		const { chains, messageSpan } = this.#shape
		const first = pick(chains, random)
		const number =
			first.activation + 1 + random.below(Math.max(1, first.numberAt(messageSpan) - first.activation))
		const time = first.timeOf(number)
		const members = chains.filter((chain) => {
			const own = chain.numberAt(time)
			return own > chain.activation && chain.timeOf(own) === time && (chain === first || random.below(3) > 0)
		})
		members.forEach((chain, i) => {
			const target = members[(i + 1) % members.length]
			if (target === undefined) return
			this.#add(chain, chain.numberAt(time), 'planned', {
				target,
				number: target.numberAt(time),
				variant: 'planned',
				pick: 0,
				fault: FAULTS.length,
				hasLogBefore: false,
				isLastLog: true,
			})
		})
	}

	#add(chain: ChainShape, number: number, variant: Variant, plan: Plan): void {
		const key = contentKey(chain.index, number, variant)
		this.#plans.set(key, [...(this.#plans.get(key) ?? []), plan])
	}

	/** Which log index is what: a deposit, a plain log, or the message of a plan. */
	#layout(chain: ChainShape, number: number, variant: Variant): ('deposit' | 'plain' | Plan)[] {
		const deposits = chain.deposits[number % chain.deposits.length] ?? 0
		const layout: ('deposit' | 'plain' | Plan)[] = Array.from({ length: deposits }, () => 'deposit')
		if (variant === 'depositsOnly') return layout
		for (const plan of this.#plans.get(contentKey(chain.index, number, variant)) ?? []) {
			if (plan.hasLogBefore) layout.push('plain')
			layout.push(plan)
		}
		return [...layout, 'plain']
	}

	#make(chain: ChainShape, number: number, variant: Variant): SimulatedContent {
		// The logs of an activation block are not indexed, and those before it are nobody's concern.
		if (number <= chain.activation) return { depositCount: 0, logs: [] }
		const layout = this.#layout(chain, number, variant)
		return {
			depositCount: layout.filter((kind) => kind === 'deposit').length,
			logs: layout.map((kind, index) => {
				if (typeof kind === 'object') return executingLog(this.#message(kind))
				const content = plainLog(chain, number, kind === 'deposit' ? 'deposit' : variant, index)
				return { content, hash: hashOfLog(content) }
			}),
		}
	}

	#message({ target, number, variant, pick: wish, fault, isLastLog }: Plan): Message {
		const layout = this.#layout(target, number, variant)
		const candidates = layout.flatMap((kind, index) => (typeof kind === 'object' ? [] : [index]))
		const index = (isLastLog === true ? candidates.at(-1) : candidates[wish % candidates.length]) ?? 0
		const honest: Claim = {
			chain: target,
			chainId: target.chainId,
			number,
			time: target.timeOf(number),
			index,
			isOther: false,
		}
		const claim = { ...honest, ...FAULTS[fault]?.(honest) }
		const kind = layout[index] === 'deposit' ? 'deposit' : variant
		const log = plainLog(target, number, kind, index)
		const payload = payloadOf(log)
		return {
			identifier: {
				origin: log.address as Address,
				blockNumber: BigInt(claim.number),
				logIndex: claim.index,
				timestamp: BigInt(claim.time),
				chainId: claim.chainId,
			},
			payloadHash: bytesToHash(claim.isOther ? digest('another payload') : payload),
		}
	}
}

function executingLog(message: Message): SimulatedLog {
	const { origin, ...place } = message.identifier
	const content = encodeExecutingMessageLog(message)
	const initiating = logHash(bytesOf(origin), bytesOf(message.payloadHash))
	const executing: ExecutingMessage = {
		...place,
		checksum: messageChecksum({ ...place, logHash: initiating }),
	}
	return { content, hash: hashOfLog(content), message: executing }
}

function plainLog(chain: ChainShape, number: number, kind: string, index: number): LogContent {
	const words = [chain.index, number, kind, index]
	return {
		address: hex(digest('contract', index % ADDRESSES).subarray(0, 20)),
		topics: [hex(digest('Something(bytes32)')), hex(digest('topic', ...words))],
		data: hex(digest('data', ...words)),
	}
}

function payloadOf({ topics, data }: LogContent): Uint8Array {
	return payloadHash(topics.map(bytesOf), bytesOf(data))
}

function hashOfLog(content: LogContent): Uint8Array {
	return logHash(bytesOf(content.address), payloadOf(content))
}

function digest(...words: readonly (string | number)[]): Buffer {
	return createHash('sha256').update(words.join('/')).digest()
}

function hex(bytes: Uint8Array): string {
	return `0x${Buffer.from(bytes).toString('hex')}`
}

function bytesOf(text: string): Buffer {
	return Buffer.from(text.slice(2), 'hex')
}

function pick<T>(of: readonly T[], random: Random): T {
	const item = of[random.below(of.length)]
	if (item === undefined) throw new RangeError('nothing to pick from')
	return item
}
