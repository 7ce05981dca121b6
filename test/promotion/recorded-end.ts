import type { BlockId } from '../../src/protocol/block.js'
import type { RecordedHeads, Recording } from '../../src/recording/recording.js'
import type { Supervisor } from '../../src/supervisor/supervisor.js'
import { withDeadline } from '../supervisor/deadline.js'

const LEVELS = ['localUnsafe', 'crossUnsafe', 'localSafe', 'crossSafe', 'finalized'] as const
type Level = (typeof LEVELS)[number]

/** Resolves when all chains have all of their recorded heads. */
export async function endReached(supervisor: Supervisor, recording: Recording): Promise<void> {
	let look: () => void = () => undefined
	const reached = new Promise<void>((resolve) => {
		look = () => {
			if (missingHeads(supervisor, recording).length === 0) resolve()
		}
	})
	supervisor.on('sealed', look).on('localSafe', look).on('promoted', look).on('finalized', look)
	look()
	try {
		await withDeadline(
			() => `all recorded heads; not there: ${missingHeads(supervisor, recording).join(', ')}`,
			reached,
		)
	} finally {
		supervisor.off('sealed', look).off('localSafe', look).off('promoted', look).off('finalized', look)
	}
}

/** Recorded heads that a supervisor does not have, in words. */
export function missingHeads(supervisor: Supervisor, recording: Recording): string[] {
	const missing: string[] = []
	for (const [chainId, recorded] of recording.heads) {
		const served = servedHeads(supervisor, `${chainId}`)
		for (const level of LEVELS) {
			const expected = recordedHead(recorded, level)
			const found = served?.[level]
			if (expected !== undefined && found?.hash !== expected.hash)
				missing.push(`${level} of ${chainId} is ${found?.number}, not ${expected.number}`)
		}
	}
	return missing
}

export function recordedHead(heads: RecordedHeads | undefined, level: Level): BlockId | undefined {
	const head = heads?.[level]
	return head !== undefined && 'derived' in head ? head.derived : head
}

function servedHeads(supervisor: Supervisor, chainId: string): Record<Level, BlockId> | undefined {
	try {
		const { chains } = supervisor.reader.syncStatus()
		const chain = [...chains].find(([id]) => `${id}` === chainId)?.[1]
		return chain && { ...chain, crossSafe: chain.safe }
	} catch {
		// No chain has a block yet.
		return undefined
	}
}
