import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import { dumpCanonicalTables, type LinkBatch, openLogWriter, openStore } from '../../src/storage/index.js'
import { CHAIN_A, CHAIN_B, childOf, IDENTITIES, packed, sealedOf, silent } from './sample-chain.js'

/*
 * Random sequences of writes, against a model that keeps for each chain what the tables mean: the local-unsafe
 * chain, and the list of links (source, derived) in order. All tables must equal what follows from that.
 */

interface Link {
	readonly source: BlockRef
	readonly derived: BlockRef
}

interface ModelChain {
	readonly canonical: BlockRef[]
	links: Link[]
	complete: Set<number>
}

const CHAINS = [CHAIN_A, CHAIN_B] as const

class Model {
	l1: BlockRef[] = []
	generation = 0
	readonly chains = CHAINS.map((chainId): ModelChain => {
		const anchor = childOf(chainId, undefined)
		return { canonical: [anchor], links: [], complete: new Set() }
	})

	/** The rows of all tables, as `dumpCanonicalTables` gives them. */
	rows(): object[] {
		const rows: object[] = this.l1.map((row) => ({ table: 'l1', chainId: null, row }))
		for (const [index, chain] of this.chains.entries()) {
			const chainId = CHAINS[index] ?? CHAIN_A
			for (const block of chain.canonical)
				rows.push({ table: 'canonical', chainId, row: sealedOf(block, block.number === 0 ? 0 : 1) })
			const sources = new Map(chain.links.map((link) => [link.source.number, link]))
			for (const { source, derived } of sources.values())
				rows.push({
					table: 'sources',
					chainId,
					row: { source: id(source), derived: id(derived), complete: chain.complete.has(source.number) },
				})
			const first = new Map<number, Link>()
			for (const link of chain.links)
				if (!first.has(link.derived.number)) first.set(link.derived.number, link)
			for (const { source, derived } of first.values())
				rows.push({ table: 'local_safe', chainId, row: { ...derived, source: source.number, scope: null } })
		}
		return rows
	}
}

const id = ({ hash, number }: BlockRef) => ({ hash, number })

const step = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant('seal' as const),
			chain: fc.nat(1),
			count: fc.integer({ min: 1, max: 6 }),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant('cut' as const), chain: fc.nat(1), keep: fc.nat(99) }),
	},
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constant('links' as const),
			chain: fc.nat(1),
			moves: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
			complete: fc.boolean(),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('cutL1' as const), keep: fc.nat(99) }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant('cutLocalSafe' as const), chain: fc.nat(1), keep: fc.nat(99) }),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
)

async function run(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'vigil-model-'))
	const open = () => openStore({ directory, chains: IDENTITIES }, { log: silent })
	let store = await open()
	const writers = CHAINS.map((chainId) => openLogWriter({ directory, chainId }))
	const model = new Model()
	try {
		for (const [index, chain] of model.chains.entries())
			await store.startChain(CHAINS[index] ?? CHAIN_A, chain.canonical[0] ?? expect.fail())
		for (const [time, step] of steps.entries()) {
			const branch = `branch ${time}`
			if (step.kind === 'reopen') {
				await store.close()
				store = await open()
			} else if (step.kind === 'cutL1') {
				if (model.l1.length === 0) continue
				const to = model.l1[step.keep % model.l1.length] ?? expect.fail()
				await store.cutL1(to)
				model.l1 = model.l1.filter((block) => block.number <= to.number)
				for (const chain of model.chains) {
					chain.links = chain.links.filter((link, i) => i === 0 || link.source.number <= to.number)
					chain.complete = new Set([...chain.complete].filter((number) => number <= to.number))
				}
				model.generation++
			} else {
				const chainId = CHAINS[step.chain] ?? CHAIN_A
				const chain = model.chains[step.chain] ?? expect.fail()
				if (step.kind === 'seal') {
					const blocks: BlockRef[] = []
					for (let i = 0; i < step.count; i++)
						blocks.push(childOf(chainId, blocks.at(-1) ?? chain.canonical.at(-1), branch))
					await writers[step.chain]?.writeBatch(blocks.map((block) => packed(block, 1)))
					await store.seal(
						chainId,
						blocks.map((block) => sealedOf(block, 1)),
					)
					chain.canonical.push(...blocks)
				} else if (step.kind === 'cut') {
					const to = chain.canonical[step.keep % chain.canonical.length] ?? expect.fail()
					await store.cutCanonical(chainId, to)
					if (chain.canonical.length > to.number + 1) model.generation++
					chain.canonical.length = to.number + 1
				} else if (step.kind === 'cutLocalSafe') {
					const head = chain.links.at(-1)?.derived.number
					if (head === undefined) continue
					const to = step.keep % (head + 1)
					await store.cutLocalSafe(chainId, to)
					if (to < head) {
						model.generation++
						chain.links = chain.links.filter((link) => link.derived.number <= to)
						const last = chain.links.at(-1)?.source.number ?? 0
						chain.complete = new Set([...chain.complete].filter((number) => number < last))
					}
				} else {
					const batch = nextLinks(model, chain, chainId, step.moves, branch)
					const complete = step.complete ? [batch.at(-1)?.source.number ?? 0] : []
					const links: LinkBatch = { links: batch, complete }
					await store.appendLinks(chainId, links)
					for (const number of complete) chain.complete.add(number)
				}
			}
		}
		expect([...dumpCanonicalTables(store)]).toEqual(model.rows())
		store.read((snapshot) => {
			expect(snapshot.generation).toBe(model.generation)
			for (const [index, chain] of model.chains.entries()) {
				const chainId = CHAINS[index] ?? CHAIN_A
				const link = chain.links.at(-1)
				const head = snapshot.localSafeHead(chainId)
				expect(head?.source).toEqual(link && id(link.source))
				expect(head?.derived.hash).toEqual(link?.derived.hash)
				for (const block of chain.canonical.slice(1))
					expect(snapshot.logHash(chainId, block, 0)).toHaveLength(32)
			}
		})
	} finally {
		for (const writer of writers) await writer.close()
		await store.close()
		rmSync(directory, { recursive: true })
	}
}

/** Follows the link rules: a move is either the next L1 block or the next L2 block. */
function nextLinks(
	model: Model,
	chain: ModelChain,
	chainId: bigint,
	moves: readonly boolean[],
	branch: string,
): Link[] {
	const batch: Link[] = []
	for (const l1 of moves) {
		const last = chain.links.at(-1)
		let link: Link
		if (last === undefined) {
			if (model.l1.length === 0) model.l1.push(childOf('l1', undefined, branch))
			link = { source: model.l1[0] ?? expect.fail(), derived: chain.canonical[0] ?? expect.fail() }
		} else if (l1) {
			const next = last.source.number + 1
			if (model.l1[next] === undefined) model.l1.push(childOf('l1', model.l1.at(-1), branch))
			link = { source: model.l1[next] ?? expect.fail(), derived: last.derived }
			chain.complete.add(last.source.number)
		} else {
			link = { source: last.source, derived: childOf(chainId, last.derived, `safe ${branch}`) }
		}
		chain.links.push(link)
		batch.push(link)
	}
	return batch
}

it('equals a simple model after any sequence of appends and cuts', async () => {
	await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), run), { numRuns: 60 })
})
