import { NodeError } from '../node/errors.js'
import { StorageWriteError } from '../storage/index.js'

/** A node or the disk failed: what was under way is lost, the chain is not. */
export function isTransient(error: unknown): error is Error {
	return error instanceof NodeError || error instanceof StorageWriteError
}
