import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BlockRef } from '../../protocol/block.js'
import { writeRecording } from '../write-recording.js'
import { type Assembled, assemble, CONFIRMATION_DEPTH } from './assemble.js'
import { findSpan, type Span } from './find-span.js'
import { followChain } from './follow-chain.js'
import { Journal, type JournalHead, type JournalSpan } from './journal.js'
import type { PoliteRpc } from './polite-rpc.js'
import {
	BlockNotThereError,
	ChainUnsettledError,
	OutputExistsError,
	PartialRecordingError,
	RecordSpanError,
} from './record-errors.js'
import { blockRefAt, chainIdOf, l1Entry, l2Entry } from './record-source.js'

/** How often what was fetched is looked over until nothing changes any more, and the time between. */
const ROUNDS = 8
const ROUND_PAUSE_MS = 2_000

export interface RecordClusterOptions {
	readonly l1: PoliteRpc
	/** One for each chain. */
	readonly l2: readonly PoliteRpc[]
	/** Blocks of the first chain; of the others those of the same time are recorded. */
	readonly span: Span
	/** The recording to write. What was fetched is kept beside it until it is written. */
	readonly output: string
}

export interface RecordProgress {
	/** Of the L2 blocks of all chains; the total is not known at first. */
	fetched(done: number, total: number, what: string): void
}

/** Where the blocks are kept while a recording is made. */
export function journalPath(output: string): string {
	return `${output}.fetched`
}

/**
 * Records a span of running chains from their ordinary RPC (docs/recording-format.md, "Record"). Another call with
 * the same options goes on where one stopped.
 * @throws RecordingError; errors of the file system
 */
export async function recordCluster(
	options: RecordClusterOptions,
	progress: RecordProgress,
): Promise<Assembled> {
	const { output, span } = options
	if (existsSync(output)) throw new OutputExistsError(output)
	if (span.from < 1) throw new RecordSpanError('block 0 has no L1 attributes; begin at block 1 or later')
	if (span.to <= span.from)
		throw new RecordSpanError('a recording needs two blocks: the last must be above the first')
	const journal = await Journal.open(journalPath(output))
	try {
		await begin(journal, options)
		await fetchAll(journal, options, progress)
		const assembled = assemble(journal, basename(output).replace(/(\.vigil)?\.gz$/, ''))
		await writeRecording(assembled.recording, output)
		journal.close()
		await rm(journalPath(output))
		return assembled
	} finally {
		journal.close()
	}
}

/** Finds out what is to be recorded, or whether it is what an earlier run began. */
async function begin(journal: Journal, { l1, l2, span }: RecordClusterOptions): Promise<void> {
	const l1ChainId = await chainIdOf(l1)
	const chainIds = await Promise.all(l2.map(chainIdOf))
	if (new Set(chainIds).size < chainIds.length)
		throw new RecordSpanError(
			`two L2 endpoints serve the same chain; give one for each: ${chainIds.join(', ')}`,
		)
	const { head } = journal
	if (head !== undefined) {
		mustBeSame(journal.path, head, { l1ChainId, chainIds, span })
		return
	}
	const [firstRpc, ...others] = l2
	const [firstId, ...otherIds] = chainIds
	if (firstRpc === undefined || firstId === undefined) throw new RecordSpanError('no L2 endpoint is given')
	const chains: JournalSpan[] = [{ chainId: firstId, ...span }]
	if (others.length > 0) {
		const from = await mustHave(firstRpc, span.from)
		const to = await mustHave(firstRpc, span.to)
		for (const [at, rpc] of others.entries()) {
			chains.push({ chainId: otherIds[at] ?? 0, ...(await findSpan(rpc, from.timestamp, to.timestamp)) })
		}
	}
	journal.start({ l1ChainId, chains })
}

function mustBeSame(
	path: string,
	head: JournalHead,
	asked: { readonly l1ChainId: number; readonly chainIds: readonly number[]; readonly span: Span },
): void {
	const [first] = head.chains
	const chainIds = head.chains.map(({ chainId }) => chainId)
	if (
		head.l1ChainId !== asked.l1ChainId ||
		chainIds.join() !== asked.chainIds.join() ||
		first?.from !== asked.span.from ||
		first.to !== asked.span.to
	) {
		throw new PartialRecordingError(
			path,
			`holds blocks of chains ${chainIds.join(', ')} over L1 ${head.l1ChainId}, from ${first?.from} to ${first?.to} of the first, which is another recording than the one asked for`,
		)
	}
}

/** Fetches what is missing, then looks over what may have changed meanwhile, until nothing has. */
async function fetchAll(
	journal: Journal,
	{ l1, l2 }: RecordClusterOptions,
	progress: RecordProgress,
): Promise<void> {
	const spans = journal.head?.chains ?? []
	const total = spans.reduce((sum, { from, to }) => sum + to - from + 1, 0)
	const tell = (what: string) => {
		let done = 0
		for (const chain of journal.chains.values()) done += chain.blocks.length
		progress.fetched(done, total, what)
	}
	for (let round = 1; ; round++) {
		// One fails, all end: what the others have fetched is kept.
		await Promise.all(
			l2.map(async (rpc, at) => {
				const span = spans[at]
				if (span !== undefined) await followL2(journal, rpc, span, tell)
			}),
		)
		await followL1(journal, l1, tell)
		const changed = await dropChanged(journal, l1, l2)
		if (changed === undefined) return
		if (round === ROUNDS) throw new ChainUnsettledError(changed)
		if (round > 1) await sleep(ROUND_PAUSE_MS)
	}
}

async function followL2(
	journal: Journal,
	rpc: PoliteRpc,
	{ chainId, to }: JournalSpan,
	tell: (what: string) => void,
): Promise<void> {
	const kept = journal.chains.get(chainId)
	if (kept === undefined) return
	const isWhole = await followChain({
		name: `chain ${chainId}`,
		kept,
		fetch: (number) => l2Entry(rpc, number),
		ahead: () => rpc.limit,
		to,
		isEnd: ({ block }) => block.number >= to,
		added: ({ block }) => tell(`chain ${chainId}, block ${block.number}`),
	})
	if (!isWhole) throw new BlockNotThereError(rpc.name, (kept.last?.block.number ?? kept.first - 1) + 1)
}

/** From the lowest origin to the first block that is not older than any L2 block, and so far that it is deep enough. */
async function followL1(journal: Journal, rpc: PoliteRpc, tell: (what: string) => void): Promise<void> {
	const all = [...journal.chains.values()]
	const first = Math.min(
		...all.map(({ blocks }) => blocks[0]?.block.l1origin.number ?? Number.POSITIVE_INFINITY),
	)
	const lastTime = Math.max(...all.map(({ last }) => last?.block.timestamp ?? 0))
	// After a reorg the first origin may be a lower block.
	while (journal.l1.last !== undefined && (journal.l1.blocks[0]?.block.number ?? 0) !== first)
		journal.l1.dropLast()
	journal.l1.first = first
	const isDeep = (number: number) =>
		(journal.l1.at(number - CONFIRMATION_DEPTH)?.block.timestamp ?? 0) >= lastTime
	await followChain({
		name: 'L1',
		kept: journal.l1,
		fetch: (number) => l1Entry(rpc, number),
		ahead: () => rpc.limit,
		isEnd: ({ block }) => isDeep(block.number),
		added: ({ block }) => tell(`L1, block ${block.number}`),
	})
}

/**
 * Drops blocks that are no longer those of their chains, and L2 blocks whose origin is not on L1.
 * @returns what has changed, if something has
 */
async function dropChanged(
	journal: Journal,
	l1: PoliteRpc,
	l2: readonly PoliteRpc[],
): Promise<string | undefined> {
	let changed: string | undefined
	if (await dropIfGone(journal.l1, l1)) changed = 'L1 goes on changing its newest recorded blocks'
	for (const [at, chain] of [...journal.chains.values()].entries()) {
		const rpc = l2[at]
		if (rpc === undefined) continue
		if (await dropIfGone(chain, rpc)) changed = `${rpc.name} goes on changing its newest recorded blocks`
		const lost = chain.blocks.find(
			({ block: { l1origin } }) => journal.l1.at(l1origin.number)?.block.hash !== l1origin.hash,
		)
		if (lost === undefined) continue
		while ((chain.last?.block.number ?? 0) >= lost.block.number) chain.dropLast()
		changed = `block ${lost.block.number} of ${rpc.name} has the L1 origin ${lost.block.l1origin.number} ${lost.block.l1origin.hash}, which is not on the L1 that its endpoint serves`
	}
	return changed
}

/** The parts of a chain that hold together with its newest block stand or fall with it. */
async function dropIfGone(
	chain: { readonly last: { readonly block: BlockRef } | undefined; dropLast(): void },
	rpc: PoliteRpc,
): Promise<boolean> {
	const { last } = chain
	if (last === undefined) return true
	const now = await blockRefAt(rpc, last.block.number)
	if (now?.hash === last.block.hash) return false
	chain.dropLast()
	return true
}

async function mustHave(rpc: PoliteRpc, number: number): Promise<BlockRef> {
	const block = await blockRefAt(rpc, number)
	if (block === undefined) throw new BlockNotThereError(rpc.name, number)
	return block
}
