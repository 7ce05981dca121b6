import { afterTest } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'

/** A viewer of the status page without the page: reads server-sent events. */
export class EventStream {
	#text = ''

	private constructor(
		private readonly reader: ReadableStreamDefaultReader<string>,
		private readonly stop: AbortController,
	) {}

	static async open(url: string): Promise<EventStream> {
		const stop = new AbortController()
		const answer = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: stop.signal })
		if (!answer.ok || answer.body === null) throw new Error(`HTTP ${answer.status}`)
		const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
		const stream = new EventStream(reader, stop)
		afterTest(() => stream.close())
		return stream
	}

	/** The next event; undefined at the end of the stream. */
	async next<T>(): Promise<{ readonly event: string; readonly data: T } | undefined> {
		for (;;) {
			const [, all, event, data] = /^(event: (\w+)\ndata: (.*)\n\n)/.exec(this.#text) ?? []
			if (all !== undefined && event !== undefined) {
				this.#text = this.#text.slice(all.length)
				return { event, data: JSON.parse(data ?? '') as T }
			}
			const { value, done } = await withDeadline('an event', this.reader.read())
			if (done) return undefined
			this.#text += value
		}
	}

	close(): void {
		this.stop.abort()
	}
}
