import type { BlockId } from '../../src/protocol/block.js'
import { type ChainSyncStatus, parseSyncStatus } from '../../src/protocol/sync-status.js'
import type { RecordedHeads, Recording } from '../../src/recording/recording.js'
import { callRpc } from '../cluster/json-rpc.js'
import { until } from '../cluster/until.js'

/** op-supervisor looks at L1 every 3 s, and some resets need a few of these looks. */
const HEADS_SECONDS = 90

/**
 * Resolves when the supervisor reports all heads with which the recording ends.
 * @throws DeadlineError with what is missing
 */
export async function headsReached(url: string, recording: Recording, signal: AbortSignal): Promise<void> {
	await until(
		`the recorded heads of ${recording.name} at ${url}`,
		{ seconds: HEADS_SECONDS, signal },
		async () => {
			const status = parseSyncStatus(await callRpc(url, 'supervisor_syncStatus'), 'syncStatus')
			const missing = [...recording.heads].flatMap(([chainId, heads]) =>
				missingHeads(heads, status.chains.get(chainId)).map((what) => `${what} of ${chainId}`),
			)
			const finalizedL1 = (await callRpc(url, 'supervisor_finalizedL1')) as BlockId
			if (recording.finalizedL1 !== undefined && finalizedL1.hash !== recording.finalizedL1.hash)
				missing.push(`finalized L1 is ${finalizedL1.number}, not ${recording.finalizedL1.number}`)
			return missing.length === 0 ? { found: true } : { seen: missing }
		},
	)
}

function missingHeads(recorded: RecordedHeads, found: ChainSyncStatus | undefined): string[] {
	const levels: [string, BlockId | undefined, BlockId | undefined][] = [
		['local-unsafe', recorded.localUnsafe, found?.localUnsafe],
		['cross-unsafe', recorded.crossUnsafe, found?.crossUnsafe],
		['local-safe', recorded.localSafe?.derived, found?.localSafe],
		['cross-safe', recorded.crossSafe?.derived, found?.safe],
		['finalized', recorded.finalized, found?.finalized],
	]
	return levels.flatMap(([level, expected, head]) =>
		expected === undefined || expected.hash === head?.hash
			? []
			: [`${level} is ${head?.number}, not ${expected.number}`],
	)
}
