import type { BlockRef } from '../../protocol/block.js'
import { MalformedValueError } from '../../protocol/errors.js'
import {
	readArray,
	readBlockRef,
	readL2BlockRef,
	readObject,
	readOutput,
	readString,
	readUint,
} from '../field-reader.js'
import { readL1Header } from '../l1-header.js'
import type { Span } from './find-span.js'
import type { KeptChain } from './follow-chain.js'
import { JournalFile, type JournalLine, type Place } from './journal-file.js'
import type { FetchedL2Block } from './l2-block.js'
import { PartialRecordingError } from './record-errors.js'
import type { L1Entry, L2Entry } from './record-source.js'

const FORMAT = 'vigil-fetched-blocks'
const VERSION = 1
const L1 = 'l1'

export interface JournalSpan extends Span {
	readonly chainId: number
}

/** What is being recorded. */
export interface JournalHead {
	readonly l1ChainId: number
	readonly chains: readonly JournalSpan[]
}

/** What is kept of an L2 block in memory. */
export interface KeptL2Block extends FetchedL2Block {
	readonly place: Place
}

/** The blocks of a recording that is being made, on disk, so that a later run goes on where this one stopped. */
export class Journal {
	readonly l1 = new JournalChain<L1Entry, L1Entry>()
	readonly chains = new Map<number, JournalChain<KeptL2Block, L2Entry>>()
	#head: JournalHead | undefined
	#file: JournalFile | undefined

	private constructor(readonly path: string) {}

	/** @throws PartialRecordingError if the file is none or damaged; errors of the file system */
	static async open(path: string): Promise<Journal> {
		const journal = new Journal(path)
		try {
			journal.#file = await JournalFile.open(path, hasReceipts, (line) => journal.#replay(line))
		} catch (error) {
			if (error instanceof MalformedValueError) throw new PartialRecordingError(path, error.message)
			throw error
		}
		return journal
	}

	/** What the file is about, once that is known. */
	get head(): JournalHead | undefined {
		return this.#head
	}

	/** Fixes what the file is about. */
	start(head: JournalHead): void {
		this.#open.append({ format: FORMAT, version: VERSION, ...head })
		this.#begin(head)
	}

	receipts({ place }: KeptL2Block): Buffer {
		return this.#open.read(place)
	}

	close(): void {
		this.#file?.close()
		this.#file = undefined
	}

	get #open(): JournalFile {
		if (this.#file === undefined) throw new RangeError('the journal is closed')
		return this.#file
	}

	#begin(head: JournalHead): void {
		this.#head = head
		this.l1.write = {
			add: (entry) => {
				this.#open.append({ chain: L1, ...entry })
				return entry
			},
			drop: (number) => this.#open.append({ chain: L1, dropped: number }),
		}
		for (const { chainId, from } of head.chains) {
			const chain = new JournalChain<KeptL2Block, L2Entry>(from)
			chain.write = {
				add: ({ receipts, ...entry }) => {
					const place = this.#open.append(
						{ chain: `${chainId}`, ...entry, receiptsBytes: receipts.length },
						receipts,
					)
					if (place === undefined) throw new RangeError('receipts have no place')
					return { ...entry, place }
				},
				drop: (number) => this.#open.append({ chain: `${chainId}`, dropped: number }),
			}
			this.chains.set(chainId, chain)
		}
	}

	#replay({ value, raw }: JournalLine): void {
		const fields = readObject(value, 'line')
		if (this.#head === undefined) {
			this.#begin(readHead(fields))
			return
		}
		const name = readString(fields.chain, 'chain')
		const chain = name === L1 ? this.l1 : this.chains.get(Number(name))
		if (chain === undefined) throw new MalformedValueError('chain', 'a recorded chain', name)
		if (fields.dropped !== undefined) chain.forgetLast()
		else if (name === L1)
			this.l1.remember({
				block: readBlockRef(fields.block, 'block'),
				header: readL1Header(fields.header, 'header'),
			})
		else this.chains.get(Number(name))?.remember(readKept(fields, raw))
	}
}

/** One chain of a journal. */
export class JournalChain<
	Kept extends { readonly block: BlockRef },
	Added extends { readonly block: BlockRef },
> implements KeptChain<Added>
{
	readonly blocks: Kept[] = []
	/** Where changes go. */
	write: { add(entry: Added): Kept; drop(number: number): void } | undefined

	constructor(public first = 0) {}

	get last(): Kept | undefined {
		return this.blocks.at(-1)
	}

	/** The block of this number. */
	at(number: number): Kept | undefined {
		return this.blocks[number - (this.blocks[0]?.block.number ?? 0)]
	}

	add(entry: Added): void {
		if (this.write !== undefined) this.remember(this.write.add(entry))
	}

	dropLast(): void {
		const { last } = this
		if (last === undefined) return
		this.write?.drop(last.block.number)
		this.forgetLast()
	}

	/** Of a line that stands in the file already. */
	remember(entry: Kept): void {
		this.blocks.push(entry)
	}

	forgetLast(): void {
		this.blocks.pop()
	}
}

function hasReceipts(value: unknown): boolean {
	return typeof value === 'object' && value !== null && 'receiptsBytes' in value
}

function readHead(fields: { readonly [name: string]: unknown }): JournalHead {
	if (fields.format !== FORMAT) throw new MalformedValueError('format', FORMAT, fields.format)
	if (fields.version !== VERSION) throw new MalformedValueError('version', `${VERSION}`, fields.version)
	return {
		l1ChainId: readUint(fields.l1ChainId, 'l1ChainId'),
		chains: readArray(fields.chains, 'chains').map((entry, at) => {
			const chain = readObject(entry, `chains[${at}]`)
			return {
				chainId: readUint(chain.chainId, 'chainId'),
				from: readUint(chain.from, 'from'),
				to: readUint(chain.to, 'to'),
			}
		}),
	}
}

function readKept(fields: { readonly [name: string]: unknown }, place: Place | undefined): KeptL2Block {
	if (place?.size !== fields.receiptsBytes)
		throw new MalformedValueError('receiptsBytes', `${place?.size}`, fields.receiptsBytes)
	return {
		block: readL2BlockRef(fields.block, 'block'),
		...(fields.output === undefined ? {} : { output: readOutput(fields.output, 'output') }),
		executed: readArray(fields.executed, 'executed').map((entry, at) => {
			const message = readObject(entry, `executed[${at}]`)
			return {
				chainId: readString(message.chainId, 'chainId'),
				timestamp: Number(message.timestamp),
			}
		}),
		place: place ?? { offset: 0, size: 0 },
	}
}
