import type { Operation, Outcome } from './scenario.js'

/** Fields of an outcome; undefined means that the field must not be there. */
type Fields = { readonly [K in keyof Outcome]?: Outcome[K] | undefined }

/** What is different between a recorded step and Vigil's outcome. Empty if nothing is. */
export function compareOutcome(
	recorded: Operation,
	found: Outcome,
	context: { readonly logCount: number },
): string[] {
	switch (recorded.op) {
		case 'seal':
			return differences(
				{ verdict: recorded.verdict ?? '' },
				{ verdict: sealClass(recorded, found, context) },
			)
		case 'derive':
			return differences({ verdict: linkClassOfVigil(recorded.verdict) }, found)
		case 'unsafe': {
			const { verdict, crossUnsafe } = recorded
			return differences(defined({ verdict, crossUnsafe }), found)
		}
		case 'safe': {
			const { verdict, action, l1, crossSafe, crossUnsafe } = recorded
			const acts = action === 'promote' || action === 'invalidate'
			const block = acts ? recorded.block : undefined
			// A head of cross-unsafe that the step left alone is not recorded: it may rest on what is gone by then.
			return differences(defined({ verdict, action, l1, crossSafe, crossUnsafe, block }), found)
		}
		default:
			return differences({ verdict: 'ok' }, found)
	}
}

/** The fields of `expected` in which `found` is different. */
export function differences(expected: Fields, found: Outcome): string[] {
	return Object.entries(expected).flatMap(([name, value]) => {
		const other = found[name as keyof Outcome]
		if (JSON.stringify(other) === JSON.stringify(value)) return []
		return [`${name} is ${JSON.stringify(other)}, expected ${JSON.stringify(value)}`]
	})
}

/**
 * While a marker stands the log index takes nothing at its number or above but through `replace`; the reference
 * takes it, and a block that is sealed too early is sealed by the `replace` of a later step.
 * The reference adds logs one by one before it seals, and calls every misfit of a log out of order.
 */
function sealClass(recorded: Operation, found: Outcome, { logCount }: { logCount: number }): string {
	const { verdict = '' } = found
	if (verdict === 'awaitingReplacement' && recorded.verdict === 'ok') return 'ok'
	if (verdict === 'ok' || verdict === 'awaitingReplacement') return verdict
	return logCount > 0 ? 'outOfOrder' : 'conflict'
}

/**
 * A link over an old L1 block with the present L2 block is harmless to Vigil whether or not it held once (a node
 * walks again after a reset); the reference says `notExact` of one that never did.
 */
function linkClassOfVigil(recorded = ''): string {
	return recorded === 'notExact' ? 'ineffective' : recorded
}

function defined(outcome: Fields): Outcome {
	return Object.fromEntries(Object.entries(outcome).filter(([, value]) => value !== undefined)) as Outcome
}
