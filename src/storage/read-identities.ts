import type { ChainId } from '../protocol/chain-id.js'
import type { ChainIdentity } from './chain-identity.js'
import { expectStore, notWritable } from './data-directory.js'
import { checkSchema } from './store-reader.js'
import { type MetaEnvironment, openMeta } from './tables.js'

/**
 * The chains for which a store was made, for commands that are given a data directory and no configuration.
 * @throws DataDirectoryError, SchemaVersionError
 */
export async function readIdentities(directory: string): Promise<readonly ChainIdentity[]> {
	expectStore(directory)
	let meta: MetaEnvironment | undefined
	try {
		meta = await openMeta({ directory, chains: [], readOnly: true })
		checkSchema(meta)
		const stored = meta.state.get('fingerprint', {}) ?? []
		return stored.map((identity) => ({ ...identity, chainId: BigInt(identity.chainId) as ChainId }))
	} catch (error) {
		throw notWritable(directory, error)
	} finally {
		await meta?.env.close()
	}
}
