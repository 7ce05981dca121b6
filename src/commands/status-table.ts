import Table from 'cli-table3'
import type { BlockId } from '../protocol/block.js'
import { ZERO_HASH } from '../protocol/hash.js'
import type { ChainSyncStatus, SyncStatus } from '../protocol/sync-status.js'

/** Blocks by which the heads of a chain are behind its local-unsafe head; null while a head is unknown. */
export type HeadLags = Readonly<Record<'crossUnsafe' | 'localSafe' | 'safe' | 'finalized', number | null>>

export function headLags({ localUnsafe, ...chain }: ChainSyncStatus): HeadLags {
	const lag = (head: BlockId) =>
		isKnown(head) && isKnown(localUnsafe) ? localUnsafe.number - head.number : null
	return {
		crossUnsafe: lag(chain.crossUnsafe),
		localSafe: lag(chain.localSafe),
		safe: lag(chain.safe),
		finalized: lag(chain.finalized),
	}
}

/**
 * The heads of every chain, each with how far it is behind local-unsafe, and how old that is.
 * @param now seconds since 1970
 */
export function statusTable({ chains, minSyncedL1, ...status }: SyncStatus, now: number): string {
	const table = new Table({
		head: ['chain', 'local-unsafe', 'age', 'cross-unsafe', 'local-safe', 'cross-safe', 'finalized'],
		colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
		style: { head: [], border: [] },
	})
	for (const [chainId, chain] of chains) {
		const lags = headLags(chain)
		const cell = (head: 'crossUnsafe' | 'localSafe' | 'safe' | 'finalized') =>
			headCell(chain[head], lags[head])
		table.push([
			`${chainId}`,
			headCell(chain.localUnsafe, null),
			isKnown(chain.localUnsafe) ? ageText(now - chain.localUnsafe.timestamp) : '-',
			cell('crossUnsafe'),
			cell('localSafe'),
			cell('safe'),
			cell('finalized'),
		])
	}
	const time = (seconds: number) => (seconds === 0 ? '-' : `${ageText(now - seconds)} ago`)
	const l1 = isKnown(minSyncedL1) ? `block ${minSyncedL1.number}, ${time(minSyncedL1.timestamp)}` : '-'
	return (
		`${table.toString()}\n` +
		`all chains are derived up to L1 ${l1}\n` +
		`all chains are cross-safe up to ${time(status.safeTimestamp)}, final up to ${time(status.finalizedTimestamp)}\n`
	)
}

function headCell(head: BlockId, lag: number | null): string {
	if (!isKnown(head)) return '-'
	return lag === null || lag === 0
		? `${head.number}`
		: `${head.number} (${lag > 0 ? '-' : '+'}${Math.abs(lag)})`
}

function isKnown(head: BlockId): boolean {
	return head.hash !== ZERO_HASH
}

/** `75` as `1m 15s`. Clocks differ a little: what is not yet is now. */
function ageText(seconds: number): string {
	const age = Math.max(0, Math.floor(seconds))
	if (age < 60) return `${age}s`
	if (age < 3600) return `${Math.floor(age / 60)}m ${age % 60}s`
	if (age < 172_800) return `${Math.floor(age / 3600)}h ${Math.floor((age % 3600) / 60)}m`
	return `${Math.floor(age / 86_400)}d`
}
