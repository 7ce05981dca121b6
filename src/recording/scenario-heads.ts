import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ZERO_HASH } from '../protocol/hash.js'
import { type Fields, readBlockId, readObject, readUint } from './field-reader.js'
import type { RecordedHeads, RecordedPair } from './recording.js'
import { readPair } from './recording-line.js'
import { inFile, type Scenario } from './scenario-folder.js'

export interface ScenarioHeads {
	readonly chains: ReadonlyMap<ChainId, RecordedHeads>
	readonly finalizedL1?: BlockId
	/** Time of the last answer that was used. */
	readonly endedAt: number
}

/**
 * The heads that the reference had reached: its last good answers. Only cross-unsafe has no method of its own and
 * comes from the sync status.
 */
export function readScenarioHeads(scenario: Scenario): ScenarioHeads {
	let endedAt = scenario.startedAt
	const answer = <T>(method: string, id: string | undefined, read: (result: unknown) => T): T | undefined => {
		const query = scenario.queries.findLast((entry) => matches(entry, method, id))
		if (query === undefined) return undefined
		return inFile('queries.json', () => {
			endedAt = Math.max(endedAt, readUint(query.t, 't'))
			return read(readObject(query.answer, 'answer').result)
		})
	}
	const chains = new Map<ChainId, RecordedHeads>()
	for (const chain of scenario.chains) {
		const id = chain.chainId.toString()
		const localUnsafe = answer('supervisor_localUnsafe', id, (result) => readBlockId(result, 'localUnsafe'))
		const finalized = answer('supervisor_finalized', id, (result) => readBlockId(result, 'finalized'))
		const localSafe = answer('supervisor_localSafe', id, (result) => readPair(result, 'localSafe'))
		const crossSafe = answer('supervisor_crossSafe', id, (result) => readPair(result, 'crossSafe'))
		const crossUnsafe = lastCrossUnsafe(scenario, id)
		// A node that never told about its derivation says nothing about local-safe: the reference just starts there.
		const derived = chain.events.some(({ event }) => event.derivationUpdate !== undefined)
		chains.set(chain.chainId, {
			...(localUnsafe === undefined ? {} : { localUnsafe }),
			...(crossUnsafe === undefined ? {} : { crossUnsafe }),
			...pairs(derived, localSafe, crossSafe),
			...(finalized === undefined ? {} : { finalized }),
		})
	}
	const finalizedL1 = answer('supervisor_finalizedL1', undefined, (result) =>
		readBlockId(result, 'finalizedL1'),
	)
	return { chains, endedAt, ...(finalizedL1 === undefined ? {} : { finalizedL1 }) }
}

function pairs(derived: boolean, localSafe?: RecordedPair, crossSafe?: RecordedPair): Partial<RecordedHeads> {
	if (!derived) return {}
	return {
		...(localSafe === undefined ? {} : { localSafe }),
		...(crossSafe === undefined ? {} : { crossSafe }),
	}
}

function matches(query: Fields, method: string, id: string | undefined): boolean {
	const request = readObject(query.request, 'request')
	if (request.method !== method) return false
	const { result } = readObject(query.answer, 'answer')
	if (result === undefined || result === null) return false
	return id === undefined || (Array.isArray(request.params) && request.params[0] === id)
}

/** A head that has not moved since the start of the reference is reported as zero; an older answer has it then. */
function lastCrossUnsafe(scenario: Scenario, id: string): BlockId | undefined {
	const answers = [
		...scenario.status,
		...scenario.queries
			.filter((query) => matches(query, 'supervisor_syncStatus', undefined))
			.map((query) => readObject(query.answer, 'answer')),
	]
	for (const { result } of answers.reverse()) {
		if (result === undefined) continue
		const head = inFile('status.ndjson.gz', () => {
			const chain = readObject(readObject(result, 'result').chains, 'chains')[id]
			return chain === undefined ? undefined : readBlockId(readObject(chain, id).crossUnsafe, 'crossUnsafe')
		})
		if (head !== undefined && head.hash !== ZERO_HASH) return head
	}
	return undefined
}
