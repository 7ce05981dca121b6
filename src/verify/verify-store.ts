import { DataCorruptionError } from '../protocol/errors.js'
import type { ChainIdentity, View } from '../storage/index.js'
import type { Fault } from './invariants.js'
import { verifyCrossSafe, verifyHeads, verifyScopes } from './verify-cross-safe.js'
import { verifyInvalidated } from './verify-invalidated.js'
import { verifyL1 } from './verify-l1.js'
import { verifyLocalSafe, verifySources } from './verify-local-safe.js'
import { verifyLogIndex } from './verify-log-index.js'

/** A part of the work: it checks one row between two yields. */
export type Pass = Generator<undefined, void>

/** What a pass reads, and whom it tells. */
export interface PassContext {
	readonly view: View
	report(fault: Fault): void
}

export interface VerifyStep {
	/** Name of the part that is being read, such as `log index of chain 901`. */
	readonly part: string
	/** Rows read so far, and about how many there are in all. */
	readonly done: number
	readonly total: number
}

/**
 * Reads the whole of one state of a store and reports every fault. The caller may pause between two rows for as long
 * as it likes; the view keeps LMDB from reusing pages meanwhile.
 */
export function* verifyStore(
	context: PassContext,
	identities: readonly ChainIdentity[],
): Generator<VerifyStep, void> {
	const parts = partsOf(context, identities)
	const total = parts.reduce((sum, { rows }) => sum + rows, 0)
	let done = 0
	for (const { name, chainId, pass } of parts) {
		yield { part: name, done, total }
		try {
			for (const _row of pass) yield { part: name, done: ++done, total: Math.max(total, done) }
		} catch (error) {
			if (!(error instanceof DataCorruptionError)) throw error
			// What cannot be decoded ends its part: the rows behind it are checked once it is repaired.
			context.report({ invariant: 'readable', chainId, block: null, detail: error.message })
		}
	}
}

interface Part {
	readonly name: string
	readonly chainId: Fault['chainId']
	/** About how many rows it has. */
	readonly rows: number
	readonly pass: Pass
}

function partsOf(context: PassContext, identities: readonly ChainIdentity[]): Part[] {
	const { view } = context
	const l1 = {
		name: 'L1',
		chainId: null,
		rows: count(view.l1Blocks(), view.l1Head?.number),
		pass: verifyL1(context),
	}
	const chains = identities.flatMap((identity): Part[] => {
		const { chainId } = identity
		const part = (name: string, rows: number, pass: Pass) => ({
			name: `${name} of chain ${chainId}`,
			chainId,
			rows,
			pass,
		})
		const head = (read: () => { readonly number: number } | undefined) => attempt(read)?.number
		const localUnsafe = head(() => view.localUnsafe(chainId))
		const localSafe = head(() => view.localSafeHead(chainId)?.derived)
		const crossSafe = head(() => view.crossSafeHead(chainId))
		const lastSource = head(() => view.lastSource(chainId)?.source)
		const lastScope = attempt(() => view.crossSafeHead(chainId))?.scope
		const sources = mapped(view.sources(chainId), ({ source }) => source)
		const scopes = mapped(view.scopes(chainId), ({ scope }) => ({ number: scope }))
		return [
			part(
				'log index',
				count(view.canonicalFrom(chainId, 0), localUnsafe),
				verifyLogIndex(context, identity),
			),
			part('local-safe', count(view.localSafeFrom(chainId, 0), localSafe), verifyLocalSafe(context, chainId)),
			part('sources', count(sources, lastSource), verifySources(context, chainId)),
			part('cross-safe', count(view.crossSafeFrom(chainId, 0), crossSafe), verifyCrossSafe(context, chainId)),
			part('scopes', count(scopes, lastScope), verifyScopes(context, chainId)),
			part('invalidated blocks', 0, verifyInvalidated(context, chainId)),
			part('heads', 0, verifyHeads(context, chainId)),
		]
	})
	return [l1, ...chains]
}

/** About how many rows a table without holes has, by its first and last number. */
function count(rows: Iterable<{ readonly number: number }>, last: number | undefined): number {
	const first = attempt(() => {
		for (const row of rows) return row.number
		return undefined
	})
	return first === undefined || last === undefined ? 0 : Math.max(last - first + 1, 0)
}

function* mapped<A, B>(rows: Iterable<A>, map: (row: A) => B): Generator<B> {
	for (const row of rows) yield map(row)
}

/** For the progress only: what cannot be read is reported by its pass. */
function attempt<T>(read: () => T): T | undefined {
	try {
		return read()
	} catch (error) {
		if (error instanceof DataCorruptionError) return undefined
		throw error
	}
}
