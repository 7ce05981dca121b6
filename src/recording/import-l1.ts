import { readArray, readBlockId, readBlockRef, readObject } from './field-reader.js'
import type { RecordedFinality, RecordedL1Block } from './recording.js'
import { inFile, type Scenario } from './scenario-folder.js'
import type { ScenarioHeads } from './scenario-heads.js'

/**
 * L1 of a scenario. A block becomes tip at its own timestamp; blocks of a branch that won a reorg not before the
 * reorg. L1 ends `confirmationDepth` above the last local-safe source, so that nobody may be given more.
 */
export function recordL1(
	scenario: Scenario,
	heads: ScenarioHeads,
	confirmationDepth: number,
): { blocks: RecordedL1Block[]; finality: RecordedFinality[] } {
	const sources = [...heads.chains.values()].flatMap(({ localSafe }) =>
		localSafe === undefined ? [] : [localSafe],
	)
	const tip =
		sources.length === 0
			? Infinity
			: Math.max(...sources.map(({ source }) => source.number)) + confirmationDepth
	const reorgs = reorgsOf(scenario)
	const atLeast = (t: number) => Math.max(t - scenario.startedAt, 0)
	const readBlocks = (name: 'canonical' | 'reorgedOut'): RecordedL1Block[] =>
		readArray(scenario.l1[name], `l1.${name}`).map((entry, index) => {
			const block = readBlockRef(entry, `l1.${name}[${index}]`)
			const canonical = name === 'canonical'
			const minedAt = block.timestamp * 1000 - scenario.unixZero
			const reorg = canonical
				? reorgs.find(({ from, head }) => block.number >= from && block.number <= head)
				: undefined
			return { t: atLeast(Math.max(minedAt, reorg?.t ?? 0)), block, canonical }
		})
	const blocks = inFile('chains.json.gz', () => [...readBlocks('reorgedOut'), ...readBlocks('canonical')])
		.filter(({ block, t }) => block.number <= tip && t <= atLeast(heads.endedAt))
		.sort((a, b) => a.t - b.t || Number(a.canonical) - Number(b.canonical) || a.block.number - b.block.number)
	return { blocks, finality: finalityOf(scenario, heads, atLeast) }
}

/** What `finalized` answered, each block once. */
function finalityOf(
	scenario: Scenario,
	heads: ScenarioHeads,
	atLeast: (t: number) => number,
): RecordedFinality[] {
	const asked = new Set<unknown>()
	const finality: RecordedFinality[] = []
	const add = (t: number, block: RecordedFinality['block']) => {
		const last = finality.at(-1)
		if (last === undefined || block.number > last.block.number) finality.push({ t: atLeast(t), block })
	}
	for (const line of scenario.l1Transcript) {
		if (typeof line.frame !== 'object' || line.frame === null) continue
		const frame = readObject(line.frame, 'frame')
		if (Array.isArray(frame.params) && frame.params[0] === 'finalized') asked.add(line.conn)
		if (frame.result === undefined || frame.result === null || !asked.delete(line.conn)) continue
		const { hash, number } = readObject(frame.result, 'frame.result')
		const block = inFile('l1.ndjson.gz', () => readBlockId({ hash, number: Number(number) }, 'frame.result'))
		const t = Number(line.t)
		if (t > heads.endedAt || (heads.finalizedL1 !== undefined && block.number > heads.finalizedL1.number))
			break
		add(t, block)
	}
	if (heads.finalizedL1 !== undefined) add(heads.endedAt, heads.finalizedL1)
	return finality
}

/** The timeline says when a reorg was made, from which block and up to which head. */
function reorgsOf(scenario: Scenario): { t: number; from: number; head: number }[] {
	return scenario.timeline.flatMap((event) => {
		if (typeof event.note !== 'string' || !event.note.startsWith('L1 reorg')) return []
		const { t, from, head } = event
		if (typeof t !== 'number' || typeof from !== 'number' || typeof head !== 'number') return []
		return [{ t, from, head }]
	})
}
