import { type Access, AccessListError, parseAccessList } from '../protocol/access-list.js'
import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	ConflictError,
	FailsafeEnabledError,
	FutureDataError,
	MalformedValueError,
	UnknownChainError,
} from '../protocol/errors.js'
import { type ExecutingDescriptor, SAME_CHAIN } from '../protocol/executing-descriptor.js'
import type { Hash } from '../protocol/hash.js'
import type { SafetyLevel } from '../protocol/safety-level.js'
import { contains, type LogIndexView } from './contains.js'
import { type LevelView, reachesLevel } from './reaches-level.js'
import type { SafetyRules } from './rules.js'

/** What an access check reads: one state of the cluster, so that an answer never mixes two. */
export interface AccessView extends LogIndexView, LevelView {
	readonly failsafe: boolean
}

/** The question of `supervisor_checkAccessList`. */
export interface AccessCheck {
	/** Storage keys of the inbox. */
	readonly entries: readonly Hash[]
	/** Level that the block of every message must have. */
	readonly minSafety: SafetyLevel
	readonly executing: ExecutingDescriptor
}

/**
 * May a transaction with this access list be executed (protocol notes, "checkAccessList")? Accesses are checked in
 * order, and the first one that fails is reported: which one, which rule, and what was found. An empty list passes.
 *
 * @throws FailsafeEnabledError. @throws MalformedValueError if the level is `invalid`. @throws AccessListError if the
 * list is malformed. @throws UnknownChainError. @throws ConflictError if a message may not be executed there, or is
 * not there. @throws FutureDataError if it is not known yet, or not as safe yet. @throws SkippedDataError if it is
 * older than the log index.
 */
export function checkAccessList(view: AccessView, rules: SafetyRules, check: AccessCheck): void {
	if (view.failsafe) throw new FailsafeEnabledError()
	if (check.minSafety === 'invalid')
		throw new MalformedValueError(
			'minSafety',
			'unsafe, cross-unsafe, local-safe, safe or finalized',
			'invalid',
		)
	const { accesses, malformed } = parse(check.entries)
	accesses.forEach((access, index) => {
		checkAccess(view, rules, check, access, `access ${index}: `)
	})
	if (malformed !== undefined) throw malformed
}

/** Whole accesses before a malformed entry are checked first: errors come in the order of the list. */
function parse(entries: readonly Hash[]): { accesses: readonly Access[]; malformed?: AccessListError } {
	try {
		return { accesses: parseAccessList(entries) }
	} catch (error) {
		if (!(error instanceof AccessListError)) throw error
		return { accesses: error.accesses, malformed: error }
	}
}

function checkAccess(
	view: AccessView,
	rules: SafetyRules,
	{ executing, minSafety }: AccessCheck,
	access: Access,
	prefix: string,
): void {
	const { chainId } = access
	checkLink(view, rules, executing, access, prefix)
	const { block, error } = contains(view, access, prefix)
	if (error !== undefined) throw error
	if (reachesLevel(view, chainId, block, minSafety)) return
	const found = `${prefix}safety level: ${formatBlock(block)} of chain ${chainId} is not ${minSafety}`
	// Another block at that height has the level already, so this one never will.
	const other = view.crossSafe(chainId, block.number)
	if (other !== undefined && other.hash !== block.hash) throw new ConflictError(found)
	throw new FutureDataError(`${found} yet`)
}

function checkLink(
	view: AccessView,
	rules: SafetyRules,
	executing: ExecutingDescriptor,
	access: Access,
	prefix: string,
): void {
	const { chainId, timestamp } = access
	const executor: ChainId = executing.chainId === SAME_CHAIN ? chainId : executing.chainId
	const execution = { chainId: executor, timestamp: executing.timestamp }
	const fault = rules.link.fault(execution, { chainId, timestamp }, executing.timeout)
	if (fault === undefined) return
	if (fault === 'unknown-chain')
		throw new UnknownChainError(view.chainIds.includes(executor) ? chainId : executor, `${prefix}link: `)
	const until = executing.timeout === 0n ? '' : ` for ${executing.timeout} s`
	throw new ConflictError(
		`${prefix}link: chain ${executor} at ${executing.timestamp}${until} may not execute ` +
			`chain ${chainId} at ${timestamp}: ${fault}`,
	)
}
