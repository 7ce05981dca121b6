import { type Logger, pino } from 'pino'
import { withDeadline } from './deadline.js'

export type LogRecord = Record<string, unknown> & { readonly level: number; readonly msg: string }

/** Keeps what is logged, for tests of what an operator is told. */
export class LogCapture {
	readonly records: LogRecord[] = []
	readonly log: Logger
	readonly #waiting = new Set<() => void>()

	/** A line that cannot be read as it was meant throws in who logs it. */
	constructor() {
		this.log = pino(
			{ level: 'debug' },
			{
				write: (line: string) => {
					const record = JSON.parse(line) as LogRecord
					// JSON.parse takes the last of two members of one name; other readers refuse the line.
					if (JSON.stringify(record).length !== line.trimEnd().length)
						throw new Error(`repeated member: ${line}`)
					this.records.push(record)
					for (const look of this.#waiting) look()
				},
			},
		)
	}

	find(match: (record: LogRecord) => boolean): LogRecord | undefined {
		return this.records.find(match)
	}

	/** The first record that matches, as soon as it is there. */
	async logged(what: string, match: (record: LogRecord) => boolean): Promise<LogRecord> {
		let look: () => void = () => undefined
		const found = new Promise<LogRecord>((resolve) => {
			look = () => {
				const record = this.find(match)
				if (record !== undefined) resolve(record)
			}
		})
		this.#waiting.add(look)
		look()
		try {
			return await withDeadline(`a log record: ${what}`, found)
		} finally {
			this.#waiting.delete(look)
		}
	}
}
