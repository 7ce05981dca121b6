import type { BlockReading, ChainReading, ClusterReading, NodeReading } from '../cluster-reading.js'
import { notReady } from '../readiness.js'
import { redactUrlsIn } from '../redact-url.js'
import type { BlockStatus, ChainStatus, ClusterStatus, EventStatus, NodeStatus } from './status-message.js'

/** More would not be looked at; the log has all of them. */
const MAX_EVENTS = 20

/** Reasons quote what nodes and L1 answer, which can be long. */
const MAX_TEXT = 400

/** What the status page shows of a reading. */
export function statusOf(reading: ClusterReading): ClusterStatus {
	const { store, work } = reading
	const common = {
		notReady: notReady(reading).map((one) => ({ ...one, reason: shown(one.reason) })),
		failsafe: store.failsafe,
		chains: store.chains.map((chain) => chainStatus(chain, reading)),
		events: eventsOf(reading),
		...(store.finalizedL1 && { finalizedL1: blockStatus(store.finalizedL1) }),
		...(store.disk && { disk: store.disk }),
	}
	if (work === undefined) return common
	const { tip, held, isFollowed, waiting } = work.l1
	const { crossSafe, crossUnsafe, discarded } = work.promotions
	return {
		...common,
		l1: {
			isFollowed,
			waiting,
			...(tip && { tip: blockStatus(tip) }),
			...(held !== undefined && { held: shown(held) }),
		},
		nodes: work.nodes.map(nodeStatus),
		followers: work.followers.map(({ lag, ...follower }) => ({
			...follower,
			...(lag !== undefined && { lag }),
		})),
		...(work.writeFault !== undefined && { writeFault: shown(work.writeFault) }),
		promotions: { crossSafe, crossUnsafe, discarded },
	}
}

function chainStatus(chain: ChainReading, { work }: ClusterReading): ChainStatus {
	const { dispute, derivationOrigin } = chain
	const doing = work?.chains.find((one) => one.chain === chain.chain)
	return {
		chain: chain.chain,
		heads: Object.fromEntries(Object.entries(chain.heads).map(([level, head]) => [level, blockStatus(head)])),
		pendingInvalidations: chain.invalidated.pending,
		...(derivationOrigin !== undefined && { derivationOrigin }),
		...(dispute && {
			dispute: { number: dispute.block.number, hash: dispute.block.hash, other: dispute.other },
		}),
		...(doing && { blocksBehind: doing.blocksBehind, nodesReady: doing.nodesReady }),
		...(doing?.stopped !== undefined && { stopped: shown(doing.stopped) }),
	}
}

function nodeStatus({ chain, url, state, resets, losses, reason, isResetting }: NodeReading): NodeStatus {
	return {
		chain,
		url,
		state,
		resets,
		losses,
		isResetting,
		...(reason !== undefined && state !== 'ready' && { reason: shown(reason) }),
	}
}

/** Invalidations and resets of all chains and nodes, newest first. */
function eventsOf({ store, work }: ClusterReading): EventStatus[] {
	const invalidations = store.chains.flatMap(({ chain, lastInvalidated }) =>
		lastInvalidated.map(
			({ block, reason, replacement, time }): EventStatus => ({
				kind: 'invalidation',
				time,
				chain,
				subject: `block ${block.number} ${block.hash.slice(0, 10)}`,
				reason: shown(reason),
				isPending: replacement === undefined,
			}),
		),
	)
	const resets = (work?.nodes ?? []).flatMap(({ chain, url, lastResets }) =>
		lastResets.map(
			({ time, reason }): EventStatus => ({
				kind: 'reset',
				time,
				chain,
				subject: url,
				reason: shown(reason),
			}),
		),
	)
	return [...invalidations, ...resets].sort((a, b) => b.time - a.time).slice(0, MAX_EVENTS)
}

function blockStatus({ number, timestamp }: BlockReading): BlockStatus {
	return { number, timestamp }
}

/** Text of somebody else: without what may be secret in URLs, and not endless. */
export function shown(text: string): string {
	const safe = redactUrlsIn(text)
	return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}...` : safe
}
