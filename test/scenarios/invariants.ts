import { type BlockRef, formatBlock } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import type { LinkCheck } from '../../src/safety/link-check.js'
import type { LocalSafeBlock } from '../../src/storage/index.js'
import type { ChainState, ClusterState } from './cluster-state.js'
import { cyclicBlocks, type LogsOf } from './cyclic-blocks.js'
import type { ScenarioBlocks } from './scenario-blocks.js'

export interface InvariantModules {
	readonly blocks: ScenarioBlocks
	readonly link: LinkCheck
}

/**
 * Which invariants of the rules (section 11) a state breaks, each in words. Written from the rules alone, over plain
 * data: it shares nothing with src/safety but the link check.
 */
export function brokenInvariants(state: ClusterState, modules: InvariantModules): string[] {
	const broken: string[] = []
	for (const chain of state.values()) {
		const report = (rule: string, what: string) => broken.push(`${rule}: chain ${chain.chainId}: ${what}`)
		checkChain(chain, report)
		checkSettledMessages(state, chain, modules, report)
		checkCrossUnsafe(state, chain, modules, report)
	}
	checkCycles(state, modules, (what) => broken.push(`I3: ${what}`))
	return broken
}

/** I4, for the natural end: what was invalidated deserved it. */
export function undeservedInvalidations(state: ClusterState, modules: InvariantModules): string[] {
	const { blocks } = modules
	const undeserved: string[] = []
	for (const chain of state.values()) {
		for (const { block } of chain.invalidated) {
			const parent = chain.localSafe.get(block.number - 1)
			const logs = blocks.byHash(chain.chainId, block.hash)?.logs.executing ?? []
			if (parent?.hash !== block.parentHash) continue
			const fails = logs.some(({ message }) => !existsAtTheEnd(state, chain, block, message, modules))
			if (fails || isOnCycle(state, chain, block, modules)) continue
			undeserved.push(`I4: chain ${chain.chainId}: ${formatBlock(block)} was invalidated without a reason`)
		}
	}
	return undeserved
}

type Report = (rule: string, what: string) => void

/** I1: the chain of settled blocks, its scopes, and what lies above and below. */
function checkChain(chain: ChainState, report: Report): void {
	const { settled, head, localSafe, crossUnsafe, scopes } = chain
	let parent: { number: number; hash: string; scope: number } | undefined
	for (const block of settled) {
		const canon = localSafe.get(block.number)
		if (canon?.hash !== block.hash) {
			report('I1', `cross-safe ${formatBlock(block)} is not canonical`)
			continue
		}
		if (canon.source > block.scope)
			report('I1', `cross-safe ${formatBlock(block)} has source ${canon.source} above scope ${block.scope}`)
		if (parent !== undefined && (parent.number !== block.number - 1 || parent.hash !== canon.parentHash))
			report('I1', `cross-safe ${formatBlock(block)} is not on ${formatBlock(canon)}`)
		if (parent !== undefined && parent.scope > block.scope)
			report('I1', `the scope falls from ${parent.scope} to ${block.scope} at ${formatBlock(block)}`)
		parent = block
	}
	const last = settled.at(-1)
	if (last?.hash !== head?.hash || last?.number !== head?.number) report('I1', 'scopes and blocks disagree')
	let below: { number: number; scope: number } | undefined
	for (const scope of scopes) {
		if (below !== undefined && (scope.scope !== below.scope + 1 || scope.number < below.number))
			report('I1', `scope ${scope.scope} does not follow ${below.scope}`)
		below = scope
	}
	if (head === undefined) return
	if (crossUnsafe === undefined || crossUnsafe.number < head.number)
		report('I1', `cross-unsafe is below cross-safe ${formatBlock(head)}`)
	else if (crossUnsafe.number === head.number && crossUnsafe.hash !== head.hash)
		report('I1', `cross-unsafe ${formatBlock(crossUnsafe)} is not cross-safe ${formatBlock(head)}`)
}

/** I2: every message of a cross-safe block. */
function checkSettledMessages(
	state: ClusterState,
	chain: ChainState,
	modules: InvariantModules,
	report: Report,
): void {
	const [anchor, ...later] = chain.settled
	if (anchor === undefined) return
	for (const block of later) {
		const canon = chain.localSafe.get(block.number)
		const content = modules.blocks.byHash(chain.chainId, block.hash)
		if (canon === undefined || content === undefined) continue
		for (const { logIndex, message } of content.logs.executing) {
			const fault = settledFault(state, chain, canon, block.scope, message, modules)
			if (fault !== undefined)
				report('I2', `log ${logIndex} of cross-safe ${formatBlock(block)} at ${block.scope}: ${fault}`)
		}
	}
}

function settledFault(
	state: ClusterState,
	executor: ChainState,
	executing: BlockRef,
	scope: number,
	message: ExecutingMessage,
	modules: InvariantModules,
): string | undefined {
	const fault = linkFault(executor.chainId, executing, message, modules)
	if (fault !== undefined) return fault
	const chain = state.get(message.chainId)
	const number = Number(message.blockNumber)
	if (chain?.anchor === undefined || number <= chain.anchor.number) return 'at or below the anchor'
	const settled = chain.settled.find((row) => row.number === number)
	if (settled !== undefined) {
		const block = chain.localSafe.get(number)
		if (block === undefined || !matches(chain.chainId, block, message, modules)) return 'mismatch, settled'
		return settled.scope <= scope ? undefined : `settled only at scope ${settled.scope}`
	}
	const candidate = candidateOf(chain)
	if (candidate?.number !== number) return `block ${number} is neither settled nor the candidate`
	if (candidate.timestamp !== executing.timestamp) return 'older message of a block that is not settled'
	if (!matches(chain.chainId, candidate, message, modules)) return 'mismatch, candidate'
	return candidate.source <= scope ? undefined : `candidate with source ${candidate.source}`
}

/** I5: what stands between cross-safe and cross-unsafe. */
function checkCrossUnsafe(
	state: ClusterState,
	chain: ChainState,
	modules: InvariantModules,
	report: Report,
): void {
	const { crossUnsafe, index } = chain
	const floor = chain.head ?? chain.anchor
	if (crossUnsafe === undefined || floor === undefined) return
	let parent: string = floor.hash
	for (let number = floor.number + 1; number <= crossUnsafe.number; number++) {
		const block = index.get(number)
		if (block === undefined || block.parentHash !== parent) {
			report('I5', `block ${number} below cross-unsafe is not in the index on its parent`)
			return
		}
		parent = block.hash
		const content = modules.blocks.byHash(chain.chainId, block.hash)
		for (const { logIndex, message } of content?.logs.executing ?? []) {
			const fault = unsafeFault(state, chain.chainId, block, message, modules)
			if (fault !== undefined) report('I5', `log ${logIndex} of cross-unsafe ${formatBlock(block)}: ${fault}`)
		}
	}
	if (parent !== crossUnsafe.hash)
		report('I5', `cross-unsafe ${formatBlock(crossUnsafe)} is not in the index`)
}

function unsafeFault(
	state: ClusterState,
	executor: ChainId,
	executing: BlockRef,
	message: ExecutingMessage,
	modules: InvariantModules,
): string | undefined {
	const fault = linkFault(executor, executing, message, modules)
	if (fault !== undefined) return fault
	const chain = state.get(message.chainId)
	const number = Number(message.blockNumber)
	if (chain?.anchor === undefined || number <= chain.anchor.number) return 'at or below the anchor'
	const block = chain.index.get(number)
	if (block === undefined || !matches(chain.chainId, block, message, modules)) return 'not in the index'
	const head = chain.crossUnsafe
	if (head !== undefined && number <= head.number) return undefined
	const isChild = head !== undefined && number === head.number + 1 && block.parentHash === head.hash
	if (isChild && block.timestamp === executing.timestamp) return undefined
	return `${formatBlock(block)} of chain ${chain.chainId} is not cross-unsafe`
}

/** I3: among settled blocks and candidates of one time no settled block is on a cycle. */
function checkCycles(state: ClusterState, modules: InvariantModules, report: (what: string) => void): void {
	const byTime = new Map<number, LogsOf[]>()
	const settledAt = new Map<number, Set<ChainId>>()
	for (const chain of state.values()) {
		const candidate = candidateOf(chain)
		const standing = chain.settled.flatMap((row) => chain.localSafe.get(row.number) ?? [])
		for (const block of candidate === undefined ? standing : [...standing, candidate]) {
			const content = modules.blocks.byHash(chain.chainId, block.hash)
			if (content === undefined || block.number === chain.anchor?.number) continue
			append(byTime, block.timestamp, { chainId: chain.chainId, content })
			if (block === candidate) continue
			const settled = settledAt.get(block.timestamp) ?? new Set()
			settledAt.set(block.timestamp, settled.add(chain.chainId))
		}
	}
	for (const [time, group] of byTime) {
		for (const chainId of cyclicBlocks(group, modules.blocks)) {
			if (settledAt.get(time)?.has(chainId)) report(`chain ${chainId} has a cross-safe cycle at time ${time}`)
		}
	}
}

/** For I4: is the message there in the chains as they ended? */
function existsAtTheEnd(
	state: ClusterState,
	executor: ChainState,
	executing: BlockRef,
	message: ExecutingMessage,
	modules: InvariantModules,
): boolean {
	if (linkFault(executor.chainId, executing, message, modules) !== undefined) return false
	const chain = state.get(message.chainId)
	const number = Number(message.blockNumber)
	if (chain?.anchor === undefined || number <= chain.anchor.number) return false
	// The block itself stood where its replacement is now.
	const isOwn = chain === executor && number === executing.number
	const block = isOwn ? executing : chain.localSafe.get(number)
	return block !== undefined && matches(chain.chainId, block, message, modules)
}

function isOnCycle(
	state: ClusterState,
	executor: ChainState,
	block: BlockRef,
	{ blocks }: InvariantModules,
): boolean {
	const group: LogsOf[] = []
	for (const chain of state.values()) {
		for (const other of chain === executor ? [block] : chain.localSafe.values()) {
			const content = blocks.byHash(chain.chainId, other.hash)
			if (other.timestamp === block.timestamp && content !== undefined)
				group.push({ chainId: chain.chainId, content })
		}
	}
	return cyclicBlocks(group, blocks).has(executor.chainId)
}

function candidateOf(chain: ChainState): LocalSafeBlock | undefined {
	if (chain.head === undefined || chain.marker?.block.number === chain.head.number + 1) return undefined
	const block = chain.localSafe.get(chain.head.number + 1)
	return block?.parentHash === chain.head.hash ? block : undefined
}

function linkFault(
	executor: ChainId,
	executing: BlockRef,
	message: ExecutingMessage,
	{ link }: InvariantModules,
): string | undefined {
	return link.fault({ chainId: executor, timestamp: BigInt(executing.timestamp) }, message)
}

function matches(
	chainId: ChainId,
	block: BlockRef,
	message: ExecutingMessage,
	{ blocks }: InvariantModules,
): boolean {
	const content = blocks.byHash(chainId, block.hash)
	return (
		content !== undefined &&
		BigInt(block.number) === message.blockNumber &&
		BigInt(block.timestamp) === message.timestamp &&
		blocks.checksum(chainId, content, message.logIndex) === message.checksum
	)
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
	const values = map.get(key)
	if (values === undefined) map.set(key, [value])
	else values.push(value)
}
