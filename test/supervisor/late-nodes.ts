import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { recordedHead } from '../promotion/recorded-end.js'
import { lastTold, toldOf } from '../promotion/told-heads.js'
import { until } from './deadline.js'
import { type Supervised, supervise } from './supervised.js'

/** A supervisor with the nodes of these replays, over the L1 of the first. */
export function superviseAll(
	recording: Recording,
	directory: string,
	replays: readonly [Replay, ...Replay[]],
): Promise<Supervised> {
	const nodes = replays.flatMap(({ nodes, jwtSecret }) => nodes.map(({ url }) => ({ url, jwtSecret })))
	return supervise(recording, replays[0], { directory, nodes })
}

/** All nodes of a replay have derived the recorded end, and were told its last cross-safe head. */
export async function caughtUp(recording: Recording, replay: Replay): Promise<void> {
	for (const node of replay.nodes) {
		const { chainId } = node
		const heads = recording.heads.get(chainId)
		await until(
			() => `the node of chain ${chainId} to derive the end; it stands at ${JSON.stringify(node.position)}`,
			() => node.position.derived.hash === recordedHead(heads, 'localSafe')?.hash,
		)
		await until(
			() => `the node of chain ${chainId} to be told the last cross-safe head`,
			() =>
				lastTold(toldOf(replay, chainId), 'crossSafe')?.block.hash === recordedHead(heads, 'crossSafe')?.hash,
		)
	}
}

/** Every block that was invalidated when the recording was made. */
export function invalidatedOf(recording: Recording): string[] {
	return recording.chains.flatMap(({ chainId, replacements }) =>
		replacements.map((one) => `${chainId} ${one.invalidated.hash}`),
	)
}

/** Every block that the nodes of a replay were told to replace. */
export function toldToInvalidate(recording: Recording, replay: Replay): string[] {
	return recording.chains.flatMap(({ chainId }) =>
		toldOf(replay, chainId)
			.filter(({ kind }) => kind === 'invalidate')
			.map(({ block }) => `${chainId} ${block.hash}`),
	)
}
