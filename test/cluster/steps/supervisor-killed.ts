import { parseChainId } from '../../../src/protocol/chain-id.js'
import type { ChainSyncStatus, SyncStatus } from '../../../src/protocol/sync-status.js'
import type { Step } from '../step.js'
import { untilHeadsMove } from './wait-for-heads.js'

/** From the start of the process to its first answer. */
const START_SECONDS = 20
const SECONDS = 120

export const supervisorKilled: Step = {
	rule: 'a supervisor that was killed reports its heads as soon as it runs again, and goes on',
	leftOut: { 'op-supervisor': 'it reports heads as zero after a restart until they move' },
	async run(cluster) {
		const before = await cluster.supervisor.syncStatus()
		await cluster.supervisor.kill()
		await cluster.startSupervisor()
		const first = await cluster.until('the supervisor answers', START_SECONDS, async () => ({
			found: await cluster.supervisor.syncStatus(),
		}))
		for (const { chainId } of cluster.chains) expectNotBehind(heads(first, chainId), heads(before, chainId))
		await untilHeadsMove(cluster, 'finalized', 3, SECONDS)
		return 'its first answer had every head at least where it was before'
	},
}

function heads(status: SyncStatus, chainId: number): ChainSyncStatus {
	const chain = status.chains.get(parseChainId(String(chainId), 'chain'))
	if (chain === undefined) throw new Error(`the sync status has no chain ${chainId}`)
	return chain
}

/** @throws Error naming the head that went back. No block is reorged meanwhile, so none may. */
function expectNotBehind(first: ChainSyncStatus, before: ChainSyncStatus): void {
	for (const level of ['localUnsafe', 'crossUnsafe', 'localSafe', 'safe', 'finalized'] as const) {
		if (first[level].number >= before[level].number) continue
		throw new Error(`${level} was #${before[level].number} and is #${first[level].number}`)
	}
}
