import type { ChainId } from '../../src/protocol/chain-id.js'
import { until } from '../../test/cluster/until.js'
import type { NodeNews, NoteKind, ReplayRequest } from '../fake-cluster-messages.js'
import { RunningContestant } from './contestant.js'
import type { ForeignMeter } from './foreign-meter.js'
import type { RunInput } from './row.js'

/** How far nodes must have come. */
export interface Goal {
	readonly chainId: ChainId
	readonly kind: NoteKind
	readonly number: number
}

/** A contestant that follows nodes which note everything that is said. */
export interface Follower {
	/** @throws DeadlineError if the nodes do not get there, or the reason why the contestant has ended. */
	reach(goals: readonly Goal[], seconds: number): Promise<void>
	news(): Promise<NodeNews>
	/** What the contestant spends. */
	readonly meter: ForeignMeter
}

/** Starts the replay and the contestant, runs `action`, and ends the contestant. Nothing is asked of the contestant. */
export async function follow<T>(
	{ contestant, fakes, directory, context }: RunInput,
	request: ReplayRequest,
	action: (follower: Follower) => Promise<T>,
): Promise<T> {
	const served = await fakes.replay({ ...request, notesAll: true })
	const running = await RunningContestant.start({
		...{ contestant, served, directory, signal: context.signal },
		...{ loaded: fakes.loaded, threads: context.options.threads },
	})
	try {
		return await action({
			reach: async (goals, seconds) => {
				await until('what the nodes are told', { seconds, signal: running.signal }, async () => {
					const newest = await fakes.newest()
					const missing = goals.filter(
						({ chainId, kind, number }) => (newest.get(chainId)?.[kind] ?? 0) < number,
					)
					if (missing.length === 0) return { found: true }
					return { seen: missing.map(({ chainId, kind, number }) => `${chainId}: ${kind} ${number}`) }
				})
			},
			news: () => fakes.news(),
			meter: running.meter,
		})
	} finally {
		await running.stop()
	}
}
