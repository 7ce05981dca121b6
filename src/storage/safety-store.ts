import type { Logger } from 'pino'
import { expectStore } from './data-directory.js'
import { MetaWriter } from './meta-writer.js'
import { type Promotion, promote } from './promote.js'
import type { ReaderOptions } from './reader.js'
import { openExisting, StoreReader } from './store-reader.js'
import { closeTables, type Tables } from './tables.js'
import type { WriteFault } from './write-fault.js'

/** Opens the store in a thread of the process that has it open already (`openStore`): for the cross-safety worker. */
export async function openSafetyStore(
	options: ReaderOptions,
	modules: { readonly log: Logger },
): Promise<SafetyStore> {
	expectStore(options.directory)
	return new SafetyStore(await openExisting(options), modules)
}

/** The store as the cross-safety worker sees it: it reads, and it promotes. */
export class SafetyStore extends StoreReader {
	private readonly writer: MetaWriter

	constructor(tables: Tables, modules: { readonly log: Logger }) {
		super(tables)
		this.writer = new MetaWriter(tables, modules)
	}

	/** Set while writing does not work; reads go on. */
	get writeFault(): WriteFault | undefined {
		return this.writer.writeFault
	}

	/** Commits promotions unless they are void; says whether it did. @see promote */
	promote(promotion: Promotion): Promise<boolean> {
		return this.writer.write((view) => promote(this.tables, view, promotion))
	}

	async close(): Promise<void> {
		this.releaseSnapshots()
		await closeTables(this.tables)
	}
}
