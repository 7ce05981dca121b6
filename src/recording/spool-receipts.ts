import { closeSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { RecordedChain, RecordedL2Block, Recording } from './recording.js'

/**
 * Writes all receipts of a recording to one file, and gives the recording back with receipts read from there: a
 * read of the page cache costs a fraction of making them, and they take no memory of this process. For benches.
 */
export async function spoolReceipts(
	recording: Recording,
	path: string,
): Promise<{ readonly recording: Recording; close(): void }> {
	const target = await open(path, 'w')
	const spooled: ((descriptor: number) => RecordedChain)[] = []
	try {
		let offset = 0
		for (const chain of recording.chains) {
			const places = new Map<RecordedL2Block, { readonly offset: number; readonly size: number }>()
			for (const block of chain.blocks) {
				const size = await append(target, chain.receipts(block))
				places.set(block, { offset, size })
				offset += size
			}
			spooled.push((descriptor) => ({
				...chain,
				receipts: (block) => {
					const place = places.get(block)
					if (place === undefined) throw new RangeError(`block ${block.block.hash} is not of this recording`)
					const bytes = Buffer.allocUnsafe(place.size)
					readSync(descriptor, bytes, 0, place.size, place.offset)
					return bytes
				},
			}))
		}
	} finally {
		await target.close()
	}
	const descriptor = openSync(path, 'r')
	return {
		recording: { ...recording, chains: spooled.map((chain) => chain(descriptor)) },
		close: () => closeSync(descriptor),
	}
}

async function append(target: FileHandle, bytes: Buffer): Promise<number> {
	await target.writeFile(bytes)
	return bytes.length
}
