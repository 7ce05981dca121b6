import { basename } from 'node:path'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import { collectSteps } from './collect-steps.js'
import { recordL1 } from './import-l1.js'
import { recordL2 } from './import-l2.js'
import type { RecordedChain, RecordedHeads, Recording } from './recording.js'
import { ImportError } from './recording-errors.js'
import { readScenario, type Scenario, type ScenarioChain } from './scenario-folder.js'
import { readScenarioHeads } from './scenario-heads.js'

/** The default of supervisors; what was recorded was recorded with it. */
const CONFIRMATION_DEPTH = 2

/**
 * Makes a recording from a folder of raw traffic of a reference supervisor (docs/recording-format.md, "Import").
 *
 * It is cut so that a correct supervisor with confirmation depth 2 ends at the recorded heads: L2 ends at the
 * recorded local-unsafe heads, links end at the recorded local-safe sources, and L1 ends so far above the last of
 * these sources that no later block is confirmed.
 *
 * @param description one or two sentences for whoever lists recordings
 * @throws ImportError naming file and field; errors of the file system.
 */
export async function importRecording(directory: string, description?: string): Promise<Recording> {
	const scenario = await readScenario(directory)
	const heads = readScenarioHeads(scenario)
	const l1 = recordL1(scenario, heads, CONFIRMATION_DEPTH)
	return {
		name: basename(directory),
		description: description ?? `imported traffic of ${scenario.chains.length} chains`,
		l1ChainId: scenario.l1ChainId,
		confirmationDepth: CONFIRMATION_DEPTH,
		dependencySet: scenario.dependencySet,
		l1: l1.blocks,
		finality: l1.finality,
		chains: scenario.chains.map((chain) =>
			importChain(scenario, chain, heads.chains.get(chain.chainId) ?? {}),
		),
		heads: heads.chains as ReadonlyMap<ChainId, RecordedHeads>,
		...(heads.finalizedL1 === undefined ? {} : { finalizedL1: heads.finalizedL1 }),
	}
}

function importChain(scenario: Scenario, chain: ScenarioChain, heads: RecordedHeads): RecordedChain {
	const { blocks, receipts, replacements } = recordL2(scenario, chain, heads)
	const byHash = new Map(blocks.map((entry) => [entry.block.hash, entry]))
	const links = collectSteps(chain, (hash: Hash) => byHash.get(hash)?.block)
		.filter(({ source, derived }) => {
			if (heads.localSafe === undefined) return true
			if (source.number > heads.localSafe.source.number) return false
			return byHash.get(derived.hash)?.canonical !== true || derived.number <= heads.localSafe.derived.number
		})
		// A link names a block, so it cannot come before it in the stream.
		.map((link) => ({
			...link,
			t: Math.max(link.t - scenario.startedAt, byHash.get(link.derived.hash)?.t ?? 0, 0),
		}))
	return {
		chainId: chain.chainId,
		rollup: chain.rollup,
		...(chain.start === undefined ? {} : { start: chain.start }),
		blocks,
		links,
		replacements,
		receipts: (block) => {
			const bytes = receipts.get(block.block.hash)
			if (bytes === undefined)
				throw new ImportError('chains.json.gz', `block ${block.block.hash}`, 'has no receipts')
			return bytes
		},
	}
}
