import Table from 'cli-table3'
import { type BlockId, formatBlock, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { parseBlockId } from '../protocol/parse-block.js'
import type { RecordedHeads, Recording } from '../recording/recording.js'
import { callRpc, RpcCallError } from './call-rpc.js'

export interface HeadComparison {
	readonly chainId: ChainId
	readonly head: string
	readonly recorded: BlockId
	readonly reached: BlockId | undefined
	readonly verdict: 'equal' | 'different'
}

/** Compares all recorded heads with those that the RPC server at `url` answers. */
export async function compareHeads(recording: Recording, url: string): Promise<HeadComparison[]> {
	const status = await call(url, 'supervisor_syncStatus', [])
	const comparisons: HeadComparison[] = []
	for (const { chainId } of recording.chains) {
		const heads = recording.heads.get(chainId)
		if (heads === undefined) continue
		const chain = member(member(status, 'chains'), `${chainId}`)
		const localSafe = await call(url, 'supervisor_localSafe', [`${chainId}`])
		const reached: Record<string, unknown> = {
			'local-unsafe': member(chain, 'localUnsafe'),
			'local-safe': member(localSafe, 'derived'),
			'local-safe source': member(localSafe, 'source'),
			'cross-unsafe': member(chain, 'crossUnsafe'),
			'cross-safe': member(chain, 'safe'),
			finalized: member(chain, 'finalized'),
		}
		for (const [head, recorded] of recordedHeads(heads)) {
			const found = reached[head]
			const id = found === undefined ? undefined : parseBlockId(found, head)
			const verdict = id !== undefined && sameBlock(id, recorded) ? 'equal' : 'different'
			comparisons.push({ chainId, head, recorded, reached: id, verdict })
		}
	}
	return comparisons
}

/** The table that the demo ends with. */
export function headsTable(heads: readonly HeadComparison[]): string {
	const table = new Table({
		head: ['chain', 'head', 'recorded', 'reached', ''],
		style: { head: [], border: [] },
	})
	for (const { chainId, head, recorded, reached, verdict } of heads) {
		table.push([`${chainId}`, head, formatBlock(recorded), reached ? formatBlock(reached) : '-', verdict])
	}
	return `${table.toString()}\n`
}

function recordedHeads(heads: RecordedHeads): [string, BlockId][] {
	const all: [string, BlockId | undefined][] = [
		['local-unsafe', heads.localUnsafe],
		['local-safe', heads.localSafe?.derived],
		['local-safe source', heads.localSafe?.source],
		['cross-unsafe', heads.crossUnsafe],
		['cross-safe', heads.crossSafe?.derived],
		['finalized', heads.finalized],
	]
	return all.filter((head): head is [string, BlockId] => head[1] !== undefined)
}

/** The result of an RPC call, or undefined if it answers with an error (the head is not known yet). */
async function call(url: string, method: string, params: unknown[]): Promise<unknown> {
	try {
		return await callRpc(url, method, params)
	} catch (error) {
		if (error instanceof RpcCallError && error.code !== undefined) return undefined
		throw error
	}
}

function member(value: unknown, name: string): unknown {
	if (typeof value !== 'object' || value === null) return undefined
	return Object.getOwnPropertyDescriptor(value, name)?.value
}
