import { MalformedValueError } from './errors.js'

/**
 * How safe a block is, weakest first (protocol notes, "Safety levels"). `safe` means cross-safe. `invalid` is a
 * word of the encoding; nothing has it and a request for it is refused.
 *
 * The order is the one in which the peers compare levels. It does not say that each level implies the one before:
 * a local-safe block need not be cross-unsafe.
 */
export const SAFETY_LEVELS = ['invalid', 'unsafe', 'cross-unsafe', 'local-safe', 'safe', 'finalized'] as const

export type SafetyLevel = (typeof SAFETY_LEVELS)[number]

/** @throws MalformedValueError whose message says "unrecognized safety level", as the peers do. */
export function parseSafetyLevel(value: unknown, field = 'safety level'): SafetyLevel {
	const level = SAFETY_LEVELS.find((name) => name === value)
	if (level === undefined) {
		throw new MalformedValueError(
			field,
			`one of ${SAFETY_LEVELS.slice(1).join(', ')} (unrecognized safety level)`,
			value,
		)
	}
	return level
}

/** Is `level` at least `minimum` in the order of SAFETY_LEVELS? */
export function isAtLeastAsSafe(level: SafetyLevel, minimum: SafetyLevel): boolean {
	return SAFETY_LEVELS.indexOf(level) >= SAFETY_LEVELS.indexOf(minimum)
}
