import type { BlockRef } from '../../protocol/block.js'
import { readObject } from '../field-reader.js'
import { type L1Header, pickL1Header } from '../l1-header.js'
import { RecordingError } from '../recording-errors.js'
import { headerRef, quantity } from './header-ref.js'
import { BlockChangedError, type FetchedL2Block, readL2Block } from './l2-block.js'
import type { PoliteRpc } from './polite-rpc.js'
import { RpcAnswerError } from './record-errors.js'

/** How often block and receipts are asked for until they are of the same block. */
const CHANGES_ALLOWED = 8

export interface L1Entry {
	readonly block: BlockRef
	readonly header: L1Header
}

export interface L2Entry extends FetchedL2Block {
	/** The receipts' JSON array. */
	readonly receipts: Buffer
}

/** @throws RecordingError */
export async function chainIdOf(rpc: PoliteRpc): Promise<number> {
	const result = await rpc.call('eth_chainId', [])
	return checked(rpc, 'eth_chainId', () => quantity(result, 'result'))
}

/** The header of a block, undefined if it is not there. @throws RecordingError */
export async function l1Entry(rpc: PoliteRpc, number: number): Promise<L1Entry | undefined> {
	const result = await rpc.call('eth_getBlockByNumber', [hex(number), false])
	if (result === null) return undefined
	return checked(rpc, `block ${number}`, () => {
		const fields = readObject(result, 'block')
		const block = headerRef(fields)
		mustBe(block.number, number)
		return { block, header: pickL1Header(lowerCase(fields)) }
	})
}

/** Number, hashes and time of a block, or of the newest; undefined if it is not there. @throws RecordingError */
export async function blockRefAt(rpc: PoliteRpc, at: number | 'latest'): Promise<BlockRef | undefined> {
	const label = at === 'latest' ? at : hex(at)
	const result = await rpc.call('eth_getBlockByNumber', [label, false])
	if (result === null) return undefined
	return checked(rpc, `block ${at}`, () => {
		const block = headerRef(readObject(result, 'block'))
		if (at !== 'latest') mustBe(block.number, at)
		return block
	})
}

/** An L2 block with its receipts, undefined if it is not there. @throws RecordingError */
export async function l2Entry(rpc: PoliteRpc, number: number): Promise<L2Entry | undefined> {
	for (let changes = 0; ; changes++) {
		const block = await rpc.call('eth_getBlockByNumber', [hex(number), true])
		if (block === null) return undefined
		const receipts = await rpc.call('eth_getBlockReceipts', [hex(number)])
		if (receipts === null) return undefined
		try {
			return checked(rpc, `block ${number}`, () => {
				const fetched = readL2Block(block, receipts)
				mustBe(fetched.block.number, number)
				return { ...fetched, receipts: Buffer.from(JSON.stringify(receipts)) }
			})
		} catch (error) {
			if (error instanceof BlockChangedError && changes < CHANGES_ALLOWED) continue
			if (error instanceof BlockChangedError)
				throw new RpcAnswerError(rpc.name, `block ${number}`, error.message)
			throw error
		}
	}
}

function checked<T>(rpc: PoliteRpc, what: string, read: () => T): T {
	try {
		return read()
	} catch (error) {
		if (error instanceof RecordingError || error instanceof BlockChangedError) throw error
		if (!(error instanceof Error)) throw error
		throw new RpcAnswerError(rpc.name, what, error.message, { cause: error })
	}
}

function mustBe(found: number, asked: number): void {
	if (found !== asked) throw new RangeError(`block ${found} came instead`)
}

function hex(number: number): string {
	return `0x${number.toString(16)}`
}

/** Recorded headers are lower-case hex. */
function lowerCase(fields: { readonly [name: string]: unknown }) {
	return Object.fromEntries(
		Object.entries(fields).map(([name, value]) => [
			name,
			typeof value === 'string' ? value.toLowerCase() : value,
		]),
	)
}
