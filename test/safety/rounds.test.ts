import { describe, expect, it } from 'vitest'
import { promotionRound } from '../../src/safety/promotion-round.js'
import { RoundView } from '../../src/safety/round-view.js'
import { WaitList } from '../../src/safety/wait-list.js'
import { chainNamed, cluster, type SampleChain } from './cluster.js'

const [A, B, C] = [chainNamed('a'), chainNamed('b'), chainNamed('c')]
const DERIVED = Array.from({ length: 20 }, () => ({ source: 1 }))
const AT_ANCHOR = { block: 0, scope: 1 }
/** Block 1 of chain a waits for a block of chain b that is not there. */
const WAITS: SampleChain = {
	blocks: [{ source: 1, executes: { 0: { chain: 'b', block: 1, log: 0 } } }],
	crossSafe: AT_ANCHOR,
}

describe('a round of promotions', () => {
	it('promotes all that it can in one go: blocks that rest on others of the same round too', () => {
		const executes = { 0: { chain: 'b', block: 20, log: 1 } }
		const view = cluster({
			chains: {
				a: { blocks: [...DERIVED, { source: 1, executes }], crossSafe: AT_ANCHOR },
				b: { blocks: DERIVED, crossSafe: AT_ANCHOR },
			},
		})
		const round = promotionRound(view, view.rules, { maxSteps: 1_000, waits: new WaitList() })
		expect(round).toMatchObject({ isFixedPoint: true, invalid: [] })
		for (const { chainId, crossSafe, crossUnsafe } of round.promotions) {
			const last = chainId === A ? 21 : 20
			expect(crossSafe.map(({ number }) => number)).toEqual(Array.from({ length: last }, (_, i) => i + 1))
			expect(crossUnsafe?.number).toBe(last)
		}
	})

	it('begins with the anchor, which is cross-safe at its own source', () => {
		const view = cluster({ chains: { a: { blocks: [{ source: 1 }], crossSafe: null } } })
		const round = promotionRound(view, view.rules, { maxSteps: 1_000, waits: new WaitList() })
		const scopes = round.promotions[0]?.crossSafe.map(({ number, scope }) => [number, scope])
		expect(scopes).toEqual([
			[0, 0],
			[0, 1],
			[1, 1],
		])
	})

	it('raises the scope one L1 block at a time, never past the own tip', () => {
		const blocks = [{ source: 1 }, { source: 4 }]
		const view = cluster({ chains: { a: { blocks, crossSafe: { block: 0, scope: 0 }, localSafeTip: 6 } } })
		const round = promotionRound(view, view.rules, { maxSteps: 1_000, waits: new WaitList() })
		const scopes = round.promotions[0]?.crossSafe.map(({ number, scope }) => [number, scope])
		expect(scopes).toEqual([
			[0, 1],
			[1, 1],
			[1, 2],
			[1, 3],
			[1, 4],
			[2, 4],
			[2, 5],
			[2, 6],
		])
	})

	it('ends when it is full, and says that there is more', () => {
		const view = cluster({ chains: { a: { blocks: DERIVED, crossSafe: AT_ANCHOR } } })
		const round = promotionRound(view, view.rules, { maxSteps: 25, waits: new WaitList() })
		expect(round.isFixedPoint).toBe(false)
		expect(round.promotions[0]?.crossSafe).toHaveLength(5)
		expect(round.promotions[0]?.crossUnsafe?.number).toBe(20)
	})

	it('tells each invalid block once, and what else there is to do goes on', () => {
		const bad = { source: 1, executes: { 0: { chain: 'b', block: 1, log: 9 } } }
		const view = cluster({
			chains: { a: { blocks: [bad], crossSafe: AT_ANCHOR }, b: { blocks: DERIVED, crossSafe: AT_ANCHOR } },
		})
		const round = promotionRound(view, view.rules, { maxSteps: 1_000, waits: new WaitList() })
		expect(round.invalid).toMatchObject([{ chainId: A, block: { number: 1 }, scope: 1 }])
		expect(round.promotions.map(({ chainId }) => chainId)).toEqual([B])
	})

	it('does not verify again what waits, unless a chain that it read has changed', () => {
		const view = cluster({ chains: { a: WAITS, b: { crossSafe: AT_ANCHOR }, c: {} } })
		const waits = new WaitList()
		const run = (versions: readonly string[]) => {
			waits.beginRound(new Map([A, B, C].map((chainId, i) => [chainId, versions[i] ?? ''])))
			const before = view.reads.messages
			promotionRound(view, view.rules, { maxSteps: 1_000, waits })
			return view.reads.messages - before
		}
		expect(run(['1', '1', '1'])).toBe(2)
		expect(run(['1', '1', '1'])).toBe(0)
		expect(run(['1', '1', '2'])).toBe(0)
		expect(run(['1', '2', '2'])).toBe(2)
		expect(run(['2', '2', '2'])).toBe(2)
	})

	it('verifies a block that waits again only for promotions of chains that it read', () => {
		const chains = { a: WAITS, b: { crossSafe: AT_ANCHOR }, c: { blocks: DERIVED, crossSafe: AT_ANCHOR } }
		const view = cluster({ chains })
		promotionRound(view, view.rules, { maxSteps: 1_000, waits: new WaitList() })
		// Each block of c once unsafe and once safe, that of a as well, whatever was promoted after it.
		expect(view.reads.messages).toBe(2 * DERIVED.length + 2)
	})
})

describe('RoundView', () => {
	const base = () => cluster({ chains: { a: { blocks: DERIVED, crossSafe: AT_ANCHOR }, b: {} } })
	const entry = (view: ReturnType<typeof base>, number: number, scope: number) => ({
		number,
		scope,
		hash: view.block('a', number).hash,
	})

	it('shows promotions of the round on top of what is stored', () => {
		const view = base()
		const round = new RoundView(view)
		round.promoteSafe(A, entry(view, 1, 1))
		round.promoteSafe(A, entry(view, 1, 2))
		round.promoteSafe(A, entry(view, 2, 2))
		expect(round.crossSafeHead(A)).toEqual(entry(view, 2, 2))
		// xsource: the first scope at which a block stands.
		expect(round.crossSafe(A, 1)).toEqual(entry(view, 1, 1))
		expect(round.crossSafe(A, 2)).toEqual(entry(view, 2, 2))
		expect(round.crossUnsafe(A)?.number).toBe(2)
		expect(round.crossSafeHead(B)).toEqual(view.crossSafeHead(B))
		expect(view.crossSafeHead(A)?.number).toBe(0)
	})

	it('a raised scope does not move the first scope of a stored block', () => {
		const view = base()
		const round = new RoundView(view)
		round.promoteSafe(A, entry(view, 0, 2))
		expect(round.crossSafe(A, 0)?.scope).toBe(0)
		expect(round.crossSafeHead(A)?.scope).toBe(2)
	})

	it('leaves cross-unsafe where it is ahead of cross-safe', () => {
		const view = base()
		const round = new RoundView(view)
		round.promoteUnsafe(A, view.block('a', 5))
		round.promoteSafe(A, entry(view, 1, 1))
		expect(round.crossUnsafe(A)?.number).toBe(5)
		expect([...round.promotions()]).toMatchObject([
			{ chainId: A, crossSafe: [{ number: 1 }], crossUnsafe: { number: 5 } },
		])
	})

	it('raises it to cross-safe if another block stands at that height', () => {
		const view = base()
		const round = new RoundView(view)
		round.promoteUnsafe(A, { number: 1, hash: view.block('b', 0).hash })
		round.promoteSafe(A, entry(view, 1, 1))
		expect(round.crossUnsafe(A)).toEqual({ number: 1, hash: view.block('a', 1).hash })
	})

	it('tells which chains a check has read, and counts changes', () => {
		const view = base()
		const round = new RoundView(view)
		const { read } = round.observe(() => round.localSafe(B, 0))
		expect([...read]).toEqual([B])
		expect(round.observe(() => round.executingMessages(A, view.block('a', 1))).read.size).toBe(0)
		expect(round.changes(A)).toBe(0)
		round.promoteUnsafe(A, view.block('a', 1))
		round.promoteSafe(A, entry(view, 1, 1))
		expect([round.changes(A), round.changes(B)]).toEqual([2, 0])
	})
})
