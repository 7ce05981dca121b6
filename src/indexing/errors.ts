import type { IndexFailure } from './index-task.js'

/** The blocks that a node gave for one range do not build on one another. */
export class BrokenRunError extends Error {
	override readonly name = 'BrokenRunError'
}

/** A chain's log index cannot go on by itself: an operator has to look. */
export class IndexingStoppedError extends Error {
	override readonly name = 'IndexingStoppedError'
}

/**
 * Turns what was thrown into a message for main. Errors of other rooms are told by their class name: this runs in
 * the worker, and classes do not survive the way to main.
 */
export function describeFailure(error: unknown, blockNumber: number, signal: AbortSignal): IndexFailure {
	const name = error instanceof Error ? error.name : 'Error'
	const message = error instanceof Error ? error.message : String(error)
	return { kind: kindOf(name, signal), name, message, blockNumber }
}

function kindOf(name: string, signal: AbortSignal): IndexFailure['kind'] {
	if (signal.aborted) return 'cancelled'
	switch (name) {
		case 'BrokenRunError':
			return 'broken-run'
		case 'NodeBlockNotFoundError':
			return 'not-found'
		case 'StorageWriteError':
			return 'storage'
		default:
			return 'node'
	}
}
