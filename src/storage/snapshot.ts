import type { Transaction } from 'lmdb'
import type { ReadOptions } from './number-table.js'
import type { RememberedValues } from './remembered.js'
import type { ChainTables, Tables } from './tables.js'
import { View } from './view.js'

/**
 * One state of the store, unaffected by what is committed after it was taken. A held snapshot keeps LMDB from
 * reusing pages, so it is released (`done`) in `finally`, and never held while waiting for a node.
 */
export class Snapshot extends View {
	private readonly logTransactions = new Map<ChainTables, Transaction>()
	private known: RememberedValues | undefined
	private open = true

	private constructor(
		tables: Tables,
		private readonly transaction: Transaction,
		private readonly released: (snapshot: Snapshot) => void,
	) {
		super(tables, { transaction })
	}

	/** Takes a snapshot of what is committed now, by whatever thread or process. */
	static take(tables: Tables, released: (snapshot: Snapshot) => void): Snapshot {
		// lmdb-js keeps one read transaction an event turn; without the reset other threads' commits stay unseen.
		tables.env.resetReadTxn()
		return new Snapshot(tables, tables.env.useReadTransaction(), released)
	}

	/**
	 * Takes the log environments in as well, which otherwise happens at the first read of each. For readers that take
	 * longer than superfluous log records are kept.
	 */
	withLogs(): this {
		for (const chain of this.tables.chains.values()) this.logOptions(chain)
		return this
	}

	/** Releases the snapshot; a second call does nothing. */
	done(): void {
		if (!this.open) return
		this.open = false
		this.transaction.done()
		for (const transaction of this.logTransactions.values()) transaction.done()
		this.released(this)
	}

	override remembered<T>(name: string, read: () => T, owner: object = this.tables): T {
		this.known ??= this.tables.remembered.of(this.tables.state.get('commits', this.options))
		let values = this.known.get(owner)
		if (values === undefined) {
			values = new Map()
			this.known.set(owner, values)
		}
		const found = values.get(name)
		if (found !== undefined || values.has(name)) return found as T
		const value = read()
		values.set(name, value)
		return value
	}

	/**
	 * Log blocks are written before the rows that name them, are never changed, and are swept hours after the last row
	 * that names them is gone, so a read transaction that begins soon after that of the tables holds every record that
	 * they name.
	 */
	protected override logOptions(chain: ChainTables): ReadOptions {
		let transaction = this.logTransactions.get(chain)
		if (transaction === undefined) {
			chain.logs.resetReadTxn()
			transaction = chain.logs.useReadTransaction()
			this.logTransactions.set(chain, transaction)
		}
		return { transaction }
	}
}
