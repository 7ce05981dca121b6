import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateRecording } from '../../src/recording/generate-recording.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { Recording } from '../../src/recording/recording.js'
import {
	MalformedRecordingError,
	NewerRecordingError,
	RecordingError,
	TruncatedRecordingError,
} from '../../src/recording/recording-errors.js'
import { writeRecording } from '../../src/recording/write-recording.js'

const STEADY = fileURLToPath(new URL('../../src/recording/embedded/steady.vigil.gz', import.meta.url))

let directory: string
let small: string

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), 'vigil-format-'))
	small = join(directory, 'small.vigil.gz')
	await writeRecording(generateRecording({ seed: 3, chains: 2, blocks: 9, logsPerBlock: 3 }), small)
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/** A recording without its functions, and with the receipts of all blocks. */
function contentOf(recording: Recording) {
	return {
		...recording,
		chains: recording.chains.map((chain) => {
			const { chainId, rollup, start, blocks, links, replacements } = chain
			const receipts = blocks.map((block) => chain.receipts(block).toString())
			return { chainId, rollup, start, blocks, links, replacements, receipts }
		}),
	}
}
async function lines(path: string): Promise<string[]> {
	return gunzipSync(await readFile(path))
		.toString()
		.split('\n')
		.slice(0, -1)
}

async function fileOf(content: string | Buffer, compress = true): Promise<string> {
	const path = join(directory, 'altered.vigil.gz')
	await writeFile(path, compress ? gzipSync(content) : content)
	return path
}

describe('round trip', () => {
	test('what was written is what is loaded', async () => {
		const recording = generateRecording({
			seed: 5,
			chains: 3,
			blocks: 20,
			logsPerBlock: 4,
			executingShare: 0.3,
		})
		const path = join(directory, 'generated.vigil.gz')
		await writeRecording(recording, path)
		expect(contentOf(await loadRecording(path))).toEqual(contentOf(recording))
	})

	test('the same recording gives the same bytes, also after loading', async () => {
		const again = join(directory, 'again.vigil.gz')
		await writeRecording(await loadRecording(STEADY), again)
		expect(gunzipSync(await readFile(again)).equals(gunzipSync(await readFile(STEADY)))).toBe(true)
	})
})

describe('a file that cannot be read', () => {
	test('of a newer version is refused by name, whatever else is in it', async () => {
		const path = await fileOf(
			'{"format":"vigil-recording","version":2,"somethingNew":true}\n{"type":"new"}\n',
		)
		await expect(loadRecording(path)).rejects.toThrow(NewerRecordingError)
		await expect(loadRecording(path)).rejects.toMatchObject({ version: 2, supported: 1 })
	})

	test('of another format is refused, naming line and field', async () => {
		const path = await fileOf('{"format":"something","version":1}\n')
		await expect(loadRecording(path)).rejects.toMatchObject({
			name: 'MalformedRecordingError',
			line: 1,
			field: 'format',
		})
	})

	test('that is no gzip at all is refused', async () => {
		await expect(loadRecording(await fileOf('plain text', false))).rejects.toThrow(TruncatedRecordingError)
	})

	test('cut at any byte is refused', async () => {
		const whole = await readFile(small)
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
				const path = await fileOf(whole.subarray(0, length), false)
				await expect(loadRecording(path)).rejects.toThrow(TruncatedRecordingError)
			}),
			{ numRuns: 40 },
		)
	})

	test('cut after any line is refused', async () => {
		const all = await lines(small)
		for (let count = 0; count < all.length; count++) {
			const path = await fileOf(
				all
					.slice(0, count)
					.map((line) => `${line}\n`)
					.join(''),
			)
			await expect(loadRecording(path)).rejects.toMatchObject({
				name: 'TruncatedRecordingError',
				line: count + 1,
			})
		}
	})

	test('with an altered byte is refused by one of the named errors, or differs only in what it says', async () => {
		const text = Buffer.from(`${(await lines(small)).join('\n')}\n`)
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: text.length - 1 }),
				fc.integer({ min: 0, max: 255 }),
				async (at, byte) => {
					const altered = Buffer.from(text)
					altered[at] = byte
					try {
						await loadRecording(await fileOf(altered))
					} catch (error) {
						expect(error).toBeInstanceOf(RecordingError)
					}
				},
			),
			{ numRuns: 60 },
		)
	})

	const alter = async (type: string, change: (line: Record<string, unknown>) => unknown) => {
		const all = await lines(small)
		const at = all.findIndex((line) => line.startsWith(`{"type":"${type}"`))
		const line: Record<string, unknown> = JSON.parse(all[at] ?? '')
		all[at] = JSON.stringify(change(line))
		return { path: await fileOf(`${all.join('\n')}\n`), line: at + 1 }
	}

	test.each([
		['l1', 'block.hash', (line: Record<string, unknown>) => ({ ...line, block: { hash: '0x12' } })],
		['l1', 't', (line: Record<string, unknown>) => ({ ...line, t: -1 })],
		['l1', 'header', (line: Record<string, unknown>) => ({ ...line, header: 'none' })],
		['l1', 'header.miner', (line: Record<string, unknown>) => ({ ...line, header: { miner: 7 } })],
		['l2', 'chain', (line: Record<string, unknown>) => ({ ...line, chain: '77' })],
		['l2', 'announced', (line: Record<string, unknown>) => ({ ...line, announced: 'yes' })],
		[
			'link',
			'derived',
			(line: Record<string, unknown>) => ({ ...line, derived: { hash: `0x${'0'.repeat(64)}`, number: 1 } }),
		],
		['heads', 'lines', (line: Record<string, unknown>) => ({ ...line, lines: 3 })],
		['l1-finalized', 'type', (line: Record<string, unknown>) => ({ ...line, type: 'other' })],
	])('in a %s line: the error names line and field %s', async (type, field, change) => {
		const { path, line } = await alter(type, change)
		await expect(loadRecording(path)).rejects.toMatchObject({ name: 'MalformedRecordingError', line, field })
	})

	test('with receipts of another length is refused at their line', async () => {
		const { path, line } = await alter('l2', (entry) => ({ ...entry, receiptsBytes: 1 }))
		await expect(loadRecording(path)).rejects.toMatchObject({ line: line + 1, field: 'receipts' })
	})

	test('with something after the last line is refused', async () => {
		const path = await fileOf(`${(await lines(small)).join('\n')}\n{}\n`)
		await expect(loadRecording(path)).rejects.toThrow(MalformedRecordingError)
	})

	test('that does not exist: the error of the file system', async () => {
		await expect(loadRecording(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
	})
})
