import type { ChainId } from '../../src/protocol/chain-id.js'
import type { ClusterBlock, ScenarioBlocks } from './scenario-blocks.js'

/** The block of a chain at some time. */
export interface LogsOf {
	readonly chainId: ChainId
	readonly content: ClusterBlock
}

/**
 * The chains whose block, among these of one time, has a log on a directed cycle (rules, section 6.2). The plain
 * way: every log is a node, and a node from which it can be reached itself is on a cycle.
 */
export function cyclicBlocks(group: readonly LogsOf[], blocks: ScenarioBlocks): Set<ChainId> {
	const cyclic = new Set<ChainId>()
	if (!group.some(({ content }) => content.logs.executing.length > 0)) return cyclic
	const edges = new Map<string, string[]>()
	const edge = (from: string, to: string) => edges.set(from, [...(edges.get(from) ?? []), to])
	const byChain = new Map(group.map((entry) => [entry.chainId, entry.content]))
	for (const { chainId, content } of group) {
		for (let i = 1; i < content.logs.logCount; i++) edge(`${chainId}/${i - 1}`, `${chainId}/${i}`)
		for (const { logIndex, message } of content.logs.executing) {
			const initiating = byChain.get(message.chainId)
			if (initiating === undefined) continue
			if (
				message.blockNumber === BigInt(initiating.ref.number) &&
				message.timestamp === BigInt(initiating.ref.timestamp) &&
				message.checksum === blocks.checksum(message.chainId, initiating, message.logIndex)
			)
				edge(`${message.chainId}/${message.logIndex}`, `${chainId}/${logIndex}`)
		}
	}
	for (const { chainId, content } of group) {
		for (let i = 0; i < content.logs.logCount; i++) {
			if (reaches(edges, `${chainId}/${i}`)) cyclic.add(chainId)
		}
	}
	return cyclic
}

function reaches(edges: ReadonlyMap<string, readonly string[]>, start: string): boolean {
	const seen = new Set<string>()
	const open = [...(edges.get(start) ?? [])]
	for (let node = open.pop(); node !== undefined; node = open.pop()) {
		if (node === start) return true
		if (seen.has(node)) continue
		seen.add(node)
		open.push(...(edges.get(node) ?? []))
	}
	return false
}
