import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Note, NoteKind } from '../fake-cluster-messages.js'
import type { Figure } from './measurement.js'

/** Two times, as process.hrtime has them. */
export interface Between {
	readonly fromNs: bigint
	readonly toNs: bigint
}

export interface DelayQuestion {
	readonly from: NoteKind
	readonly to: NoteKind
	/** The answer to a note about block N is the first one about block N + `above` or a later one. */
	readonly above?: number
	/** Blocks up to this one do not count. */
	readonly skip?: number
	/** Only what was said between these times counts. */
	readonly between?: Between
}

/** How long after each note of a kind the one came that answers it, in milliseconds and in the order of the notes. */
export function delays(notes: readonly Note[], chainId: ChainId, question: DelayQuestion): number[] {
	const { from, to, above = 0, skip = 0, between } = question
	const answers = notes.filter((note) => note.kind === to && note.chainId === chainId)
	const found: number[] = []
	let highest = skip
	let next = 0
	for (const note of notes) {
		if (note.kind !== from || note.chainId !== chainId || note.number <= highest) continue
		highest = note.number
		if (between !== undefined && (note.ns < between.fromNs || note.ns > between.toNs)) continue
		while (next < answers.length && !isAnswer(answers[next], note, above)) next++
		const answer = answers[next]
		if (answer !== undefined) found.push(Number(answer.ns - note.ns) / 1e6)
	}
	return found
}

function isAnswer(answer: Note | undefined, note: Note, above: number): boolean {
	return answer !== undefined && answer.number >= note.number + above && answer.ns >= note.ns
}

/** How many there were, and if there were any their median and 99th percentile. */
export function delayFigures(name: string, values: readonly number[]): Figure[] {
	const count: Figure = { name: `${name}, number`, value: values.length, unit: '' }
	if (values.length === 0) return [count]
	const sorted = [...values].sort((a, b) => a - b)
	const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
	return [
		{ name: `${name}, p50`, value: at(0.5), unit: 'ms', better: 'less' },
		{ name: `${name}, p99`, value: at(0.99), unit: 'ms', better: 'less' },
		count,
	]
}
