import { type Logger, pino } from 'pino'
import { withDeadline } from './deadline.js'

export type LogRecord = Record<string, unknown> & { readonly level: number; readonly msg: string }

/** Keeps what is logged, for tests of what an operator is told. */
export class LogCapture {
	readonly records: LogRecord[] = []
	readonly log: Logger
	readonly #waiting = new Set<() => void>()

	constructor() {
		this.log = pino(
			{ level: 'debug' },
			{
				write: (line: string) => {
					this.records.push(JSON.parse(line) as LogRecord)
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
