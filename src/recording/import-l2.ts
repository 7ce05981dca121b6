import { sameBlock } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'
import {
	type Fields,
	readArray,
	readBlockId,
	readBlockRef,
	readL2BlockRef,
	readObject,
	readOutput,
	readUint,
} from './field-reader.js'
import type { RecordedHeads, RecordedL2Block, RecordedReplacement } from './recording.js'
import { ImportError } from './recording-errors.js'
import { inFile, type Scenario, type ScenarioChain } from './scenario-folder.js'

const FILE = 'chains.json.gz'

export interface ImportedL2 {
	readonly blocks: RecordedL2Block[]
	readonly receipts: ReadonlyMap<Hash, Buffer>
	readonly replacements: RecordedReplacement[]
}

/**
 * The L2 blocks of one chain up to its recorded local-unsafe head, of all branches, in order of time.
 * @throws ImportError
 */
export function recordL2(scenario: Scenario, chain: ScenarioChain, heads: RecordedHeads): ImportedL2 {
	return inFile(FILE, () => {
		const announced = announcements(chain)
		const replaced = readReplacements(chain)
		const replacements = new Map(replaced.map((entry) => [entry.replacement.hash, entry]))
		const interop = chain.rollup.interop_time ?? Infinity
		const receipts = new Map<Hash, Buffer>()
		const blocks = new Map<Hash, RecordedL2Block>()
		const last = heads.localUnsafe?.number ?? Infinity
		const add = (fields: Fields, canonical: boolean, field: string): void => {
			const block = readL2BlockRef(
				{
					...readBlockRef(fields.ref, `${field}.ref`),
					l1origin: fields.l1origin,
					sequenceNumber: fields.sequenceNumber,
				},
				field,
			)
			if (blocks.has(block.hash) || (canonical && block.number > last)) return
			const replacement = replacements.get(block.hash)
			const produced = block.timestamp * 1000 - scenario.unixZero
			const at = Math.max(replacement?.t ?? announced.get(block.hash) ?? produced, 0) - scenario.startedAt
			// A child is never known before its parent, whatever the clock of its block says.
			const t = Math.max(at, blocks.get(block.parentHash)?.t ?? 0, 0)
			blocks.set(block.hash, {
				t,
				block,
				canonical,
				announced: replacement === undefined && block.number > 0 && block.timestamp >= interop,
				...(fields.output === undefined ? {} : { output: readOutput(fields.output, `${field}.output`) }),
				...(replacement === undefined ? {} : { pendingOutput: replacement.output }),
			})
			receipts.set(block.hash, Buffer.from(JSON.stringify(readArray(fields.receipts, `${field}.receipts`))))
		}
		readArray(chain.fields.canonical, 'canonical').forEach((entry, i) => {
			add(readObject(entry, `canonical[${i}]`), true, `canonical[${i}]`)
		})
		for (const entry of replaced) add(entry.invalidatedBlock, false, 'invalidatedBlock')
		readArray(chain.fields.reorgedOut, 'reorgedOut').forEach((entry, i) => {
			add(readObject(entry, `reorgedOut[${i}]`), false, `reorgedOut[${i}]`)
		})
		mustContainHead(blocks, heads)
		return {
			blocks: [...blocks.values()].sort((a, b) => a.t - b.t || a.block.number - b.block.number),
			receipts,
			replacements: replaced
				.filter((entry) => blocks.has(entry.replacement.hash))
				.map(({ t, invalidated, replacement }) => ({
					t: Math.max(t - scenario.startedAt, 0),
					invalidated,
					replacement,
				})),
		}
	})
}

/** When each block was first announced. */
function announcements(chain: ScenarioChain): Map<Hash, number> {
	const times = new Map<Hash, number>()
	for (const { t, event } of chain.events) {
		if (event.unsafeBlock === undefined) continue
		const { hash } = readBlockId(event.unsafeBlock, 'unsafeBlock')
		if (!times.has(hash)) times.set(hash, t)
	}
	return times
}

function readReplacements(chain: ScenarioChain) {
	return readArray(chain.fields.replacements, 'replacements').map((entry, i) => {
		const field = `replacements[${i}]`
		const fields = readObject(entry, field)
		const invalidatedBlock = readObject(fields.invalidatedBlock, `${field}.invalidatedBlock`)
		const { number, hash } = readBlockRef(fields.replacement, `${field}.replacement`)
		const invalidated = readBlockRef(invalidatedBlock.ref, `${field}.invalidatedBlock.ref`)
		return {
			t: readUint(fields.t, `${field}.t`),
			replacement: { hash, number },
			invalidated: { hash: invalidated.hash, number: invalidated.number },
			invalidatedBlock,
			output: readOutput(invalidatedBlock.output, `${field}.invalidatedBlock.output`),
		}
	})
}

function mustContainHead(blocks: ReadonlyMap<Hash, RecordedL2Block>, heads: RecordedHeads): void {
	const head = heads.localUnsafe
	if (head === undefined) return
	const found = blocks.get(head.hash)
	if (found === undefined || !sameBlock(found.block, head) || !found.canonical) {
		throw new ImportError(
			FILE,
			'canonical',
			`lacks the recorded local-unsafe head ${head.number} ${head.hash}`,
		)
	}
}
