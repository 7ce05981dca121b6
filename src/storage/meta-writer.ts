import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { StorageWriteError } from './errors.js'
import { metaPath, type Tables } from './tables.js'
import { View } from './view.js'
import { asWriteError, type WriteFault } from './write-fault.js'

export interface WriteEvents {
	/** The first failed write of a row of them. */
	fault: [fault: WriteFault]
	/** A write succeeded again. */
	recovered: [fault: WriteFault]
	/** A transaction is durable; how long that took from its being asked for. */
	written: [ms: number]
}

/** The one way to write to the tables: short asynchronous transactions, checked, counted, with faults made visible. */
export class MetaWriter extends EventEmitter<WriteEvents> {
	/** Set while writing does not work. */
	writeFault: WriteFault | undefined
	/** Failed writes since the start. */
	failures = 0
	private readonly view: View

	constructor(
		private readonly tables: Tables,
		private readonly modules: { readonly log: Logger },
	) {
		super()
		this.view = new View(tables, {})
	}

	/**
	 * Runs `action` in a transaction of its own: what it throws is rolled back and rejects the promise, which
	 * otherwise resolves once the transaction is durable and visible. Reads of `action` through `view` see its writes.
	 *
	 * It must not return a promise: lmdb-js would hold the write lock until that settles. It is a child transaction
	 * because lmdb-js rolls back only those, and several may share one commit; still, checks come before the first put.
	 * @throws StorageWriteError if nothing could be committed.
	 */
	async write<T>(action: (view: View) => T): Promise<T> {
		if (this.writeFault?.error.fatal) throw this.writeFault.error
		const asked = performance.now()
		let result: T
		try {
			// After a fatal error an asynchronous transaction would wait for ever; a synchronous one says so.
			if (this.writeFault !== undefined) this.tables.env.transactionSync(() => undefined)
			result = await this.tables.env.childTransaction(() => {
				const done = refusePromise(action(this.view))
				const { state } = this.tables
				state.put('commits', (state.get('commits', {}) ?? 0) + 1)
				return done
			})
		} catch (error) {
			const fault = await asWriteError(error, metaPath(this.tables.directory))
			if (fault === undefined) throw error
			this.fail(fault)
			throw fault
		}
		this.succeed()
		this.emit('written', performance.now() - asked)
		return result
	}

	private fail(error: StorageWriteError): void {
		this.failures++
		const first = this.writeFault === undefined
		const fault = { error, reason: error.message, since: this.writeFault?.since ?? Date.now() }
		this.writeFault = fault
		if (!first) return
		this.modules.log.error({ err: error, path: error.path, errno: error.errno }, 'storage cannot write')
		this.emit('fault', fault)
	}

	private succeed(): void {
		const fault = this.writeFault
		if (fault === undefined) return
		this.writeFault = undefined
		this.modules.log.info({ seconds: (Date.now() - fault.since) / 1000 }, 'storage writes again')
		this.emit('recovered', fault)
	}
}

function refusePromise<T>(result: T): T {
	if (typeof result === 'object' && result !== null && 'then' in result)
		throw new TypeError('a storage transaction must not return a promise')
	return result
}
