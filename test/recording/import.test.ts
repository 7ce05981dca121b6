import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeReceipts } from '../../src/protocol/decode-receipts.js'
import { importRecording } from '../../src/recording/import-recording.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { RecordedChain, RecordedHeads, Recording } from '../../src/recording/recording.js'
import { ImportError } from '../../src/recording/recording-errors.js'

const folder = (name: string) => fileURLToPath(new URL(`../recordings/${name}`, import.meta.url))
const EMBEDDED = fileURLToPath(new URL('../../src/recording/embedded/steady.vigil.gz', import.meta.url))

function perChain(recording: Recording): { chain: RecordedChain; heads: RecordedHeads }[] {
	return recording.chains.map((chain) => ({ chain, heads: recording.heads.get(chain.chainId) ?? {} }))
}

/** Every link of the canonical chain up to local-safe is there, in order, and ends at the recorded source. */
function expectWholeDerivation({ chain, heads }: { chain: RecordedChain; heads: RecordedHeads }): void {
	const sourceOf = new Map(chain.links.map(({ derived, source }) => [derived.hash, source]))
	for (const { invalidated, replacement } of chain.replacements) {
		const source = sourceOf.get(invalidated.hash)
		if (source !== undefined) sourceOf.set(replacement.hash, source)
	}
	const derived = chain.blocks.filter(
		({ block, canonical }) =>
			canonical && block.number > 0 && block.number <= (heads.localSafe?.derived.number ?? 0),
	)
	const sources = derived
		.sort((a, b) => a.block.number - b.block.number)
		.map(({ block }) => sourceOf.get(block.hash)?.number)
	expect(sources).not.toContain(undefined)
	expect(sources).toEqual([...sources].sort((a, b) => Number(a) - Number(b)))
	expect(
		sourceOf.get(heads.localSafe?.derived.hash ?? chain.rollup.genesis.l2.hash)?.number,
	).toBeLessThanOrEqual(heads.localSafe?.source.number ?? 0)
}

describe('steady', () => {
	let recording: Recording
	beforeAll(async () => {
		recording = await importRecording(folder('steady'))
	})

	test('L1 ends two blocks above the recorded local-safe source', () => {
		const tip = recording.l1.at(-1)?.block.number
		expect(perChain(recording).map(({ heads }) => heads.localSafe?.source.number)).toEqual([76, 76])
		expect(tip).toBe(78)
		expect(recording.finalizedL1?.number).toBe(72)
		expect(recording.finality.at(-1)?.block).toEqual(recording.finalizedL1)
	})

	test('the heads are those of the last answers', () => {
		for (const { heads } of perChain(recording)) {
			expect(heads).toMatchObject({
				localUnsafe: { number: 80 },
				crossUnsafe: { number: 80 },
				localSafe: { derived: { number: 75 } },
				crossSafe: { derived: { number: 75 }, source: { number: 76 } },
				finalized: { number: 71 },
			})
		}
	})

	test('all blocks but genesis are announced, and all receipts are theirs', () => {
		for (const { chain } of perChain(recording)) {
			expect(chain.start).toBeUndefined()
			for (const entry of chain.blocks) {
				expect(entry.announced).toBe(entry.block.number > 0)
				decodeReceipts(chain.receipts(entry), entry.block)
			}
		}
	})

	test('each derived block has its first source', () => {
		for (const entry of perChain(recording)) expectWholeDerivation(entry)
	})

	test('is the embedded recording', async () => {
		const embedded = await loadRecording(EMBEDDED)
		for (const [index, chain] of recording.chains.entries()) {
			const same = embedded.chains[index]
			expect(same?.blocks).toEqual(chain.blocks)
			// In the file links stand in order of time.
			expect(same?.links).toEqual([...chain.links].sort((a, b) => a.t - b.t))
			expect(same?.blocks.map((block) => same.receipts(block).toString())).toEqual(
				chain.blocks.map((block) => chain.receipts(block).toString()),
			)
		}
		expect(embedded.heads).toEqual(recording.heads)
		expect(embedded.l1).toEqual(recording.l1)
	})
})

describe('invalid-message', () => {
	let recording: Recording
	beforeAll(async () => {
		recording = await importRecording(folder('invalid-message'))
	})

	test('keeps what was replaced, and the output that was expected of it', () => {
		const replaced = perChain(recording).map(({ chain }) =>
			chain.replacements.map((entry) => entry.replacement.number),
		)
		expect(replaced).toEqual([[27], [25]])
		for (const { chain } of perChain(recording)) {
			for (const { invalidated, replacement } of chain.replacements) {
				const before = chain.blocks.find(({ block }) => block.hash === invalidated.hash)
				const after = chain.blocks.find(({ block }) => block.hash === replacement.hash)
				expect(before?.canonical).toBe(false)
				expect(after).toMatchObject({ canonical: true, announced: false, pendingOutput: before?.output })
			}
		}
	})

	test('keeps the branch on top of a replaced block apart', () => {
		for (const { chain } of perChain(recording)) {
			const byHash = new Map(chain.blocks.map((entry) => [entry.block.hash, entry]))
			for (const { block, canonical } of chain.blocks) {
				const parent = byHash.get(block.parentHash)
				if (block.number > 0) expect(parent).toBeDefined()
				// A canonical block never builds on a dead one.
				if (canonical && parent !== undefined) expect(parent.canonical).toBe(true)
			}
		}
	})

	test('each derived block has its first source', () => {
		for (const entry of perChain(recording)) expectWholeDerivation(entry)
	})
})

describe('a folder that cannot be imported', () => {
	let directory: string
	beforeAll(async () => {
		directory = await mkdtemp(join(tmpdir(), 'vigil-import-'))
		await cp(folder('steady'), directory, { recursive: true })
	})
	afterAll(() => rm(directory, { recursive: true, force: true }))

	test('with a rollup config that lacks something: the error names file and field', async () => {
		await writeFile(join(directory, 'rollup-901.json'), '{"genesis":{}}')
		await expect(importRecording(directory)).rejects.toThrow(ImportError)
		await expect(importRecording(directory)).rejects.toMatchObject({
			file: 'rollup-901.json',
			field: 'rollup.genesis.l1',
		})
	})

	test('that lacks a file: the error of the file system', async () => {
		await rm(join(directory, 'chains.json.gz'))
		await expect(importRecording(directory)).rejects.toMatchObject({ code: 'ENOENT' })
	})
})
