/** What goes wrong around the store rather than in its data: the machine, the directory, the configuration. */
export abstract class StorageError extends Error {
	constructor(message: string, options?: ErrorOptions) {
		super(message, options)
		this.name = new.target.name
	}
}

/** Another Vigil works on the directory. */
export class DataDirectoryInUseError extends StorageError {
	constructor(
		readonly directory: string,
		/** What the holder wrote into its lock file: process ID and start time. */
		readonly holder: string,
	) {
		super(
			`data directory ${directory} is in use by another Vigil (${holder}): stop it, or choose another directory`,
		)
	}
}

/** The directory cannot serve as a data directory; the message says what to do. */
export class DataDirectoryError extends StorageError {
	constructor(
		readonly directory: string,
		readonly reason: string,
		options?: ErrorOptions,
	) {
		super(`data directory ${directory}: ${reason}`, options)
	}
}

/** The store was written by a Vigil whose layout this one does not know. */
export class SchemaVersionError extends StorageError {
	constructor(
		readonly directory: string,
		readonly found: unknown,
		readonly known: number,
	) {
		super(
			`data directory ${directory} has schema version ${found}, this Vigil knows ${known}: ` +
				'use the Vigil that wrote it, or an empty directory (--datadir.sync-endpoint fills one from another Vigil)',
		)
	}
}

/** The store was made for other chains, or for chains with another genesis. */
export class FingerprintMismatchError extends StorageError {
	constructor(
		readonly directory: string,
		readonly chainId: bigint,
		readonly field: string,
		readonly stored: string,
		readonly configured: string,
	) {
		super(
			`data directory ${directory} was made for another configuration: chain ${chainId}, ${field} is ${stored} in the store ` +
				`and ${configured} in the configuration: correct the configuration, or use an empty directory`,
		)
	}
}

/** A commit failed: nothing of it is visible, what was committed before stays readable, and it may be tried again. */
export class StorageWriteError extends StorageError {
	constructor(
		/** File or directory that could not be written. */
		readonly path: string,
		/** errno name (`ENOSPC`, `EIO`, ...) or LMDB's code. */
		readonly errno: string,
		readonly reason: string,
		/** True when the environment takes no more writes before the process is started again. */
		readonly fatal: boolean,
		options?: ErrorOptions,
	) {
		super(
			`cannot write to ${path}: ${errno}: ${reason}; ` +
				(fatal
					? 'the environment is locked after a failed write of its own meta page: check the disk, then start Vigil again'
					: 'make room or repair the disk, writing goes on by itself'),
			options,
		)
	}
}

/** A file of the store could not be copied. */
export class StoreCopyError extends StorageError {
	constructor(
		readonly source: string,
		readonly target: string,
		cause: unknown,
	) {
		super(`cannot copy ${source} to ${target}: ${cause instanceof Error ? cause.message : String(cause)}`, {
			cause,
		})
	}
}
