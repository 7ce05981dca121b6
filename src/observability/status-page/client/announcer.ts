import { byId } from './element.js'

/** So often a screen reader may be interrupted. */
const INTERVAL_MS = 10_000
/** What one message changes is told together. */
const GATHER_MS = 100
/** Nobody listens to more. */
const MAX_TEXTS = 3

/** Tells screen readers what has changed: never figures, and the newest things only. */
export class Announcer {
	readonly #element = byId('announcer')
	#next: string[] = []
	#timer: ReturnType<typeof setTimeout> | undefined

	say(text: string): void {
		this.#next.push(text)
		this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS)
	}

	#tell(): void {
		const texts = [...new Set(this.#next)].slice(0, MAX_TEXTS)
		this.#next = []
		if (texts.length > 0) this.#element.textContent = texts.join('. ')
		this.#timer = texts.length > 0 ? setTimeout(() => this.#tell(), INTERVAL_MS) : undefined
	}
}
