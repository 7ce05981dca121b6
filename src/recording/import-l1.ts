import { readArray, readBlockId, readBlockRef, readObject } from './field-reader.js'
import { type L1Header, pickL1Header } from './l1-header.js'
import type { RecordedFinality, RecordedL1Block } from './recording.js'
import { inFile, type Scenario } from './scenario-folder.js'
import type { ScenarioHeads } from './scenario-heads.js'

/**
 * L1 of a scenario. A block becomes tip when it is mined; blocks of a branch that won a reorg not before the reorg. L1 ends `confirmationDepth` above the last local-safe source, so that nobody may be given more.
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
	const atLeast = (t: number) => Math.max(t - scenario.startedAt, 0)
	const blocks = inFile('chains.json.gz', () => timed(scenario))
		.filter(({ block, t }) => block.number <= tip && t <= heads.endedAt)
		.sort((a, b) => a.t - b.t || Number(a.canonical) - Number(b.canonical) || a.block.number - b.block.number)
		.map((entry) => ({ ...entry, t: atLeast(entry.t) }))
	return { blocks, finality: finalityOf(scenario, heads, atLeast) }
}

/**
 * All L1 blocks with the time of the transcripts at which they were mined. After a reorg a development chain counts
 * its timestamps on from the fork, so a branch runs behind the clock by what its parent did, or by the reorg.
 */
function timed(scenario: Scenario): RecordedL1Block[] {
	const reorgs = reorgsOf(scenario)
	const read = (name: 'canonical' | 'reorgedOut') =>
		readArray(scenario.l1[name], `l1.${name}`).map((entry, index) => ({
			block: readBlockRef(entry, `l1.${name}[${index}]`),
			canonical: name === 'canonical',
		}))
	const headers = headersOf(scenario)
	const lag = new Map<string, number>()
	return [...read('canonical'), ...read('reorgedOut')]
		.sort((a, b) => a.block.number - b.block.number)
		.map(({ block, canonical }) => {
			const byClock = block.timestamp * 1000 - scenario.unixZero
			const reorg = reorgs.find(({ from, head }) => canonical && block.number >= from && block.number <= head)
			const t = Math.max(byClock + (lag.get(block.parentHash) ?? 0), reorg?.t ?? 0)
			lag.set(block.hash, t - byClock)
			const header = headers.get(block.hash)
			return { t, block, canonical, ...(header === undefined ? {} : { header }) }
		})
}

/** The headers of all blocks that the supervisor was given, by hash. */
function headersOf(scenario: Scenario): Map<string, L1Header> {
	const headers = new Map<string, L1Header>()
	for (const { frame } of scenario.l1Transcript) {
		if (typeof frame !== 'object' || frame === null || !('result' in frame)) continue
		const { result } = frame
		if (typeof result !== 'object' || result === null) continue
		const fields = readObject(result, 'frame.result')
		if (typeof fields.hash === 'string') headers.set(fields.hash, pickL1Header(fields))
	}
	return headers
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
