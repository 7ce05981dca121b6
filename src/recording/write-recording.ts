import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { RecordedChain, RecordedL2Block, Recording } from './recording.js'
import { RECORDING_FORMAT, RECORDING_VERSION } from './recording.js'
import type { HeaderLine, HeadsLine, RecordingLine } from './recording-line.js'

/** Recordings are written once and kept in repositories, so the smallest file is worth the time. */
const COMPRESSION_LEVEL = 9

/** A rule for lines of one time: a link names blocks that must stand before it, and so on. */
const LINE_ORDER = { l1: 0, 'l1-finalized': 1, l2: 2, replacement: 3, link: 4, heads: 5 } as const

type TimedLine = Exclude<RecordingLine, HeadsLine>
interface PlannedLine {
	readonly line: TimedLine
	readonly receipts?: () => Buffer
}

/**
 * Writes a recording (docs/recording-format.md). The file appears under its name only when it is complete.
 * Receipts are asked for one block at a time. The same recording gives the same bytes.
 */
export async function writeRecording(recording: Recording, path: string): Promise<void> {
	const partial = `${path}.partial`
	const file = createWriteStream(partial)
	const gzip = createGzip({ level: COMPRESSION_LEVEL })
	gzip.pipe(file)
	file.on('error', (error) => gzip.destroy(error))
	const done = finished(file)
	// Awaited at the end; without this a failure before that would count as unhandled.
	done.catch(() => undefined)
	try {
		let lines = 0
		const write = async (bytes: Buffer | string) => {
			lines++
			gzip.write(bytes)
			if (!gzip.write('\n')) await once(gzip, 'drain')
		}
		await write(JSON.stringify(headerLine(recording)))
		for (const { line, receipts } of plan(recording)) {
			if (line.type !== 'l2' || receipts === undefined) {
				await write(JSON.stringify(line))
				continue
			}
			const bytes = receipts()
			await write(JSON.stringify({ ...line, receiptsBytes: bytes.length }))
			await write(bytes)
		}
		const heads: HeadsLine = {
			type: 'heads',
			chains: Object.fromEntries([...recording.heads].map(([id, chainHeads]) => [id.toString(), chainHeads])),
			...(recording.finalizedL1 === undefined ? {} : { finalizedL1: recording.finalizedL1 }),
			lines: lines + 1,
		}
		await write(JSON.stringify(heads))
		gzip.end()
		await done
		await rename(partial, path)
	} catch (error) {
		gzip.destroy()
		file.destroy()
		await rm(partial, { force: true })
		throw error
	}
}

function headerLine(recording: Recording): HeaderLine {
	const { name, description, l1ChainId, confirmationDepth, dependencySet } = recording
	return {
		format: RECORDING_FORMAT,
		version: RECORDING_VERSION,
		name,
		description,
		l1ChainId,
		confirmationDepth,
		dependencySet,
		chains: recording.chains.map(({ chainId, rollup, start }) => ({
			chainId: chainId.toString(),
			rollup,
			...(start === undefined ? {} : { start }),
		})),
	}
}

/** All lines between the first and the last in stream order: by time, and blocks before what names them. */
function plan(recording: Recording): PlannedLine[] {
	const lines: PlannedLine[] = []
	for (const block of recording.l1) lines.push({ line: { type: 'l1', ...block } })
	for (const { t, block } of recording.finality) lines.push({ line: { type: 'l1-finalized', t, block } })
	for (const chain of recording.chains) lines.push(...planChain(chain))
	return lines.sort((a, b) => a.line.t - b.line.t || LINE_ORDER[a.line.type] - LINE_ORDER[b.line.type])
}

function planChain(chain: RecordedChain): PlannedLine[] {
	const id = chain.chainId.toString()
	const l2 = (block: RecordedL2Block): PlannedLine => ({
		line: { type: 'l2', chain: id, ...block, receiptsBytes: 0 },
		receipts: () => chain.receipts(block),
	})
	return [
		...chain.blocks.map(l2),
		...chain.replacements.map((r): PlannedLine => ({ line: { type: 'replacement', chain: id, ...r } })),
		...chain.links.map((link): PlannedLine => ({ line: { type: 'link', chain: id, ...link } })),
	]
}
