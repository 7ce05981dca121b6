import { OptionError } from '../config/option-error.js'
import { formatDuration } from '../config/option-kinds.js'
import { StorageError, type Store } from '../storage/index.js'

/**
 * Seconds that are kept beyond the expiry window. What is final in all chains is what is counted from, so that nothing
 * that is not final yet can need what is removed; a day more is for nodes that are late, and for those who look back.
 */
export const RETENTION_MARGIN = 86_400

/** Messages that may still be executed must be kept. */
export class RetentionTooShortError extends OptionError {
	constructor(retentionMs: number, window: bigint) {
		const least = formatDuration((Number(window) + RETENTION_MARGIN) * 1_000)
		super([
			{
				setting: '--retention (or VIGIL_RETENTION)',
				problem: `${formatDuration(retentionMs)} is less than ${least}: messages can be executed for ${formatDuration(Number(window) * 1_000)} (the expiry window of the dependency set), and a day more must be kept for what is not final`,
			},
		])
		this.name = 'RetentionTooShortError'
	}
}

/** The store lacks blocks whose messages may be executed by now. */
export class PrunedTooFarError extends StorageError {
	constructor(
		readonly keptFrom: number,
		readonly neededFrom: number,
	) {
		super(
			`blocks before time ${keptFrom} were removed when the message expiry window was shorter; now messages since ${neededFrom} may be executed: use the former dependency set, or an empty data directory`,
		)
	}
}

/** @param retentionMs undefined: everything is kept @throws RetentionTooShortError */
export function checkRetention(retentionMs: number | undefined, window: bigint): void {
	if (retentionMs === undefined) return
	if (BigInt(Math.floor(retentionMs / 1_000)) < window + BigInt(RETENTION_MARGIN))
		throw new RetentionTooShortError(retentionMs, window)
}

/**
 * The expiry window may have been another when blocks were removed.
 * @throws PrunedTooFarError
 */
export function checkKept(
	store: Store,
	{ cluster }: { readonly cluster: { readonly messageExpiryWindow: bigint } },
): void {
	store.read((view) => {
		const finals = view.chainIds.map((chainId) => {
			const final = view.finalized(chainId)
			return (final && view.localSafe(chainId, final.number)?.timestamp) ?? 0
		})
		const neededFrom = BigInt(Math.min(...finals)) - cluster.messageExpiryWindow
		for (const chainId of view.chainIds) {
			const kept = view.firstKept(chainId)
			if (kept === undefined || kept.number === view.anchor(chainId)?.number) continue
			if (BigInt(kept.timestamp) > neededFrom) throw new PrunedTooFarError(kept.timestamp, Number(neededFrom))
		}
	})
}
