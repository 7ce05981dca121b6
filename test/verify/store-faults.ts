import { openReader, readIdentities } from '../../src/storage/index.js'
import type { Fault } from '../../src/verify/invariants.js'
import { verifyStore } from '../../src/verify/verify-store.js'

/** Every fault of the store in a directory. */
export async function storeFaults(directory: string): Promise<Fault[]> {
	const identities = await readIdentities(directory)
	const reader = await openReader({ directory, chains: identities.map(({ chainId }) => chainId) })
	const faults: Fault[] = []
	try {
		reader.read((view) => {
			for (const _step of verifyStore({ view, report: (fault) => faults.push(fault) }, identities));
		})
	} finally {
		await reader.close()
	}
	return faults
}
