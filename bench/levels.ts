import type { RecordedHeads } from '../src/recording/recording.js'

/** Where each level stands in what is expected, and in what a supervisor answers. */
export const LEVELS = {
	localUnsafe: { expected: (heads: RecordedHeads) => heads.localUnsafe, reached: 'localUnsafe' },
	localSafe: { expected: (heads: RecordedHeads) => heads.localSafe?.derived, reached: 'localSafe' },
	crossUnsafe: { expected: (heads: RecordedHeads) => heads.crossUnsafe, reached: 'crossUnsafe' },
	crossSafe: { expected: (heads: RecordedHeads) => heads.crossSafe?.derived, reached: 'safe' },
} as const

export type Level = keyof typeof LEVELS
export const LEVEL_NAMES = Object.keys(LEVELS) as Level[]
