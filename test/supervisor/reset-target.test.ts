import { describe, expect, it } from 'vitest'
import { type BlockRef, blockId, type L2BlockRef } from '../../src/protocol/block.js'
import { chooseResetHeads, type ResetView, WrongAnchorError } from '../../src/supervisor/reset-target.js'
import { childOf, extend } from './sample-recording.js'

const l1 = extend('l1', [], 40)
const l1Fork = extend('l1', l1.slice(0, 26), 40, 'reorged')
const ours = extend('l2', [], 30)

const id = (chain: readonly BlockRef[], number: number) => {
	const block = chain[number]
	if (block === undefined) throw new RangeError(`no block ${number}`)
	return blockId(block)
}

/** A node with these blocks, whose L1 origins are of `origins`. */
function node(
	blocks: readonly BlockRef[],
	origins = l1,
): (number: number) => Promise<L2BlockRef | undefined> {
	return async (number) => {
		const block = blocks[number]
		return block && { ...block, l1origin: id(origins, number), sequenceNumber: 0 }
	}
}

/** Vigil holds 0 to 30, of them 20 local-safe, 15 cross-safe, 25 cross-unsafe, 10 finalized; the node has it all. */
function view(change: Partial<ResetView> = {}): ResetView {
	return {
		anchor: id(ours, 0),
		firstKept: undefined,
		interopAtGenesis: true,
		genesis: id(ours, 0),
		isInvalid: () => false,
		localUnsafe: id(ours, 30),
		localSafe: id(ours, 20),
		crossUnsafe: id(ours, 25),
		crossSafe: id(ours, 15),
		finalized: id(ours, 10),
		localSafeHash: (number) => (number <= 20 ? ours[number]?.hash : undefined),
		nodeRef: node(ours),
		l1Block: async (number) => l1[number],
		...change,
	}
}

const branch = (from: number, to: number) => extend('l2', ours.slice(0, from), to, 'other')

describe('chooseResetHeads', () => {
	it('a node that has the last local-safe block goes on from there', async () => {
		expect(await chooseResetHeads(view())).toEqual({
			localUnsafe: id(ours, 30),
			crossUnsafe: id(ours, 20),
			localSafe: id(ours, 20),
			crossSafe: id(ours, 15),
			finalized: id(ours, 10),
		})
	})

	const targets: [string, Partial<ResetView>, number][] = [
		['a node that is behind goes on from its own last block', { nodeRef: node(ours.slice(0, 13)) }, 12],
		['a node of another branch goes on from the common block', { nodeRef: node(branch(8, 30)) }, 7],
		['a node with nothing but genesis goes on from there', { nodeRef: node(ours.slice(0, 1)) }, 0],
		[
			'without local-safe blocks the anchor is the target',
			{ localSafe: undefined, localSafeHash: () => undefined },
			0,
		],
	]
	it.each(targets)('%s', async (_, change, target) => {
		const heads = await chooseResetHeads(view(change))
		expect(heads?.localSafe).toEqual(id(ours, target))
		// No safe head may be above the local-safe one.
		expect(heads?.crossSafe).toEqual(id(ours, Math.min(15, target)))
		expect(heads?.crossUnsafe).toEqual(id(ours, Math.min(25, target)))
		expect(heads?.finalized).toEqual(id(ours, Math.min(10, target)))
		expect(heads?.localUnsafe.number).toBeGreaterThanOrEqual(target)
	})

	it('heads that are not known yet are those of the anchor', async () => {
		const heads = await chooseResetHeads(
			view({ crossUnsafe: undefined, crossSafe: undefined, finalized: undefined }),
		)
		expect(heads).toMatchObject({ crossUnsafe: id(ours, 0), crossSafe: id(ours, 0), finalized: id(ours, 0) })
	})

	const unsafe: [string, Partial<ResetView>, number][] = [
		[
			'unsafe blocks whose L1 origin was reorged out are left',
			{ nodeRef: node(ours, l1), l1Block: async (n) => l1Fork[n] },
			25,
		],
		['all of them, if need be', { nodeRef: node(ours, extend('l1', l1.slice(0, 5), 40, 'reorged')) }, 20],
		['the unsafe head is no higher than the node has blocks', { nodeRef: node(ours.slice(0, 24)) }, 23],
		['the unsafe head is no lower than the target', { localUnsafe: id(ours, 3) }, 20],
		[
			'an L1 block that is not known any more is no origin',
			{ l1Block: async (n) => (n <= 22 ? l1[n] : undefined) },
			22,
		],
	]
	it.each(unsafe)('%s', async (_, change, head) => {
		const heads = await chooseResetHeads(view(change))
		expect(heads?.localUnsafe).toEqual(id(ours, head))
		expect(heads?.localSafe).toEqual(id(ours, 20))
	})

	it('before interop the node goes by its own rules', async () => {
		expect(await chooseResetHeads(view({ anchor: undefined, interopAtGenesis: false }))).toBeUndefined()
	})

	it('an activation block that is not local-safe yet is no target: the node resets by its own rules', async () => {
		const change = { interopAtGenesis: false, localSafe: undefined, localSafeHash: () => undefined }
		expect(await chooseResetHeads(view({ ...change, anchor: id(ours, 10) }))).toBeUndefined()
	})

	it('a node that is still before the activation block goes by its own rules, too', async () => {
		const change = { anchor: id(ours, 10), interopAtGenesis: false, nodeRef: node(ours.slice(0, 9)) }
		expect(await chooseResetHeads(view(change))).toBeUndefined()
	})

	it('a node with another genesis cannot be helped, and is told so', async () => {
		const other = childOf('l2', undefined, 'other')
		await expect(chooseResetHeads(view({ nodeRef: node([other]) }))).rejects.toThrow(WrongAnchorError)
	})

	it('a failure of the node or of L1 is passed on, and never taken for a missing block', async () => {
		const fail = () => Promise.reject(new Error('gone'))
		await expect(chooseResetHeads(view({ nodeRef: fail }))).rejects.toThrow('gone')
		await expect(chooseResetHeads(view({ l1Block: fail }))).rejects.toThrow('gone')
	})
})
