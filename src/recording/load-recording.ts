import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import { readRecording } from './read-recording.js'
import type {
	RecordedChain,
	RecordedFinality,
	RecordedHeads,
	RecordedL1Block,
	RecordedL2Block,
	RecordedLink,
	RecordedReplacement,
	Recording,
} from './recording.js'
import { MalformedRecordingError, TruncatedRecordingError } from './recording-errors.js'
import type { ChainHeader, HeaderLine, HeadsLine } from './recording-line.js'

/**
 * Loads a whole recording. Receipts stay the bytes that they are in the file.
 * @throws NewerRecordingError, MalformedRecordingError, TruncatedRecordingError; errors of the file system.
 */
export async function loadRecording(path: string): Promise<Recording> {
	let header: HeaderLine | undefined
	let heads: HeadsLine | undefined
	const l1: RecordedL1Block[] = []
	const finality: RecordedFinality[] = []
	const chains = new Map<string, LoadedChain>()
	for await (const entry of readRecording(path)) {
		if (entry.type === 'header') {
			header = entry.header
			for (const chain of header.chains) {
				if (!/^[0-9]{1,78}$/.test(chain.chainId) || chains.has(chain.chainId)) {
					throw new MalformedRecordingError(
						path,
						1,
						'chains',
						`chain ID "${chain.chainId}" is no decimal or comes twice`,
					)
				}
				chains.set(chain.chainId, new LoadedChain(chain))
			}
			continue
		}
		const { line, number } = entry
		const chain = (id: string): LoadedChain => {
			const found = chains.get(id)
			if (found === undefined)
				throw new MalformedRecordingError(path, number, 'chain', `"${id}" is not in the header`)
			return found
		}
		switch (line.type) {
			case 'l1': {
				const { type: _type, ...block } = line
				l1.push(block)
				break
			}
			case 'l1-finalized':
				finality.push({ t: line.t, block: line.block })
				break
			case 'l2': {
				const { type: _type, chain: id, receiptsBytes: _bytes, ...block } = line
				if (entry.receipts === undefined)
					throw new MalformedRecordingError(path, number, 'receipts', 'are missing')
				chain(id).add(block, entry.receipts)
				break
			}
			case 'link': {
				const target = chain(line.chain)
				target.mustKnow(line.derived, path, number, 'derived')
				target.links.push({ t: line.t, source: line.source, derived: line.derived })
				break
			}
			case 'replacement': {
				const target = chain(line.chain)
				target.mustKnow(line.invalidated, path, number, 'invalidated')
				target.mustKnow(line.replacement, path, number, 'replacement')
				target.replacements.push({ t: line.t, invalidated: line.invalidated, replacement: line.replacement })
				break
			}
			case 'heads':
				for (const id of Object.keys(line.chains)) chain(id)
				heads = line
		}
	}
	// The reader has thrown already if one of them is missing; this is for the type checker.
	if (header === undefined || heads === undefined) throw new TruncatedRecordingError(path, 1, 'heads')
	const { name, description, l1ChainId, confirmationDepth, dependencySet } = header
	return {
		name,
		description,
		l1ChainId,
		confirmationDepth,
		dependencySet,
		l1,
		finality,
		chains: [...chains.values()],
		heads: new Map<ChainId, RecordedHeads>(
			Object.entries(heads.chains).map(([id, chainHeads]) => [BigInt(id) as ChainId, chainHeads]),
		),
		...(heads.finalizedL1 === undefined ? {} : { finalizedL1: heads.finalizedL1 }),
	}
}

class LoadedChain implements RecordedChain {
	readonly chainId: ChainId
	readonly rollup
	readonly start?: { readonly source: BlockId; readonly derived: BlockId }
	readonly blocks: RecordedL2Block[] = []
	readonly links: RecordedLink[] = []
	readonly replacements: RecordedReplacement[] = []
	readonly #receipts = new Map<Hash, Buffer>()

	constructor(header: ChainHeader) {
		this.chainId = BigInt(header.chainId) as ChainId
		this.rollup = header.rollup
		if (header.start !== undefined) this.start = header.start
	}

	add(block: RecordedL2Block, receipts: Buffer): void {
		this.blocks.push(block)
		this.#receipts.set(block.block.hash, receipts)
	}

	mustKnow(block: BlockId, file: string, line: number, field: string): void {
		if (!this.#receipts.has(block.hash)) {
			throw new MalformedRecordingError(
				file,
				line,
				field,
				`block ${block.number} ${block.hash} was not recorded before`,
			)
		}
	}

	receipts(block: RecordedL2Block): Buffer {
		const bytes = this.#receipts.get(block.block.hash)
		if (bytes === undefined) throw new RangeError(`block ${block.block.hash} is not of this recording`)
		return bytes
	}
}
