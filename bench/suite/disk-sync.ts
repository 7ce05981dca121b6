import { open } from 'node:fs/promises'
import { join } from 'node:path'

const WRITES = 30
const BYTES = 4_096

/** How long the disk takes to have a written page safe (fdatasync): the median, in milliseconds. */
export async function diskSyncMs(directory: string): Promise<number> {
	const file = await open(join(directory, 'disk-sync'), 'w')
	try {
		const page = Buffer.alloc(BYTES, 1)
		const times: number[] = []
		for (let i = 0; i < WRITES; i++) {
			await file.write(page)
			const from = performance.now()
			await file.datasync()
			times.push(performance.now() - from)
		}
		times.sort((a, b) => a - b)
		return times[WRITES >> 1] ?? Number.NaN
	} finally {
		await file.close()
	}
}
