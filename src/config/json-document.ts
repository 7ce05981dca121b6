/**
 * A value of a JSON document as Go's decoder sees it, which differs from `JSON.parse` where configuration files
 * need it: whole numbers keep all their digits (uint64), a repeated key adds to the object of the first one, and
 * what follows the first value is not looked at.
 */
export type JsonValue = null | boolean | string | number | bigint | JsonValue[] | JsonObject
export type JsonObject = Map<string, JsonValue>

/** Text that is no JSON, with the place in lines and columns from 1. */
export class JsonSyntaxError extends Error {
	constructor(expected: string, text: string, offset: number) {
		const before = text.slice(0, offset).split('\n')
		const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
		super(
			offset >= text.length ? `expected ${expected}, but the file ends` : `expected ${expected} at ${place}`,
		)
		this.name = 'JsonSyntaxError'
	}
}

/** Configuration is a few levels deep; the limit only keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 64

const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const WORDS = { true: true, false: false, null: null } as const

/**
 * Reads the first JSON value of `text`. Whole numbers above 2^53 - 1 become bigint.
 * @throws JsonSyntaxError
 */
export function parseJsonDocument(text: string): JsonValue {
	return new DocumentReader(text).value(0)
}

class DocumentReader {
	#at = 0

	constructor(private readonly text: string) {}

	value(depth: number): JsonValue {
		this.#match(SPACE)
		const first = this.text[this.#at]
		if (depth > MAX_DEPTH) throw this.#expected(`at most ${MAX_DEPTH} levels`)
		if (first === '{') return this.#object(depth)
		if (first === '[') return this.#array(depth)
		if (first === '"') return this.#string()
		for (const [word, value] of Object.entries(WORDS)) {
			if (this.text.startsWith(word, this.#at)) {
				this.#at += word.length
				return value
			}
		}
		return this.#number()
	}

	#object(depth: number): JsonObject {
		const object: JsonObject = new Map()
		this.#at += 1
		if (this.#takes('}')) return object
		do {
			this.#match(SPACE)
			const key = this.#string()
			this.#take(':')
			const value = this.value(depth + 1)
			const before = object.get(key)
			object.set(key, before instanceof Map && value instanceof Map ? new Map([...before, ...value]) : value)
		} while (this.#takes(','))
		this.#take('}')
		return object
	}

	#array(depth: number): JsonValue[] {
		const array: JsonValue[] = []
		this.#at += 1
		if (this.#takes(']')) return array
		do array.push(this.value(depth + 1))
		while (this.#takes(','))
		this.#take(']')
		return array
	}

	#string(): string {
		const start = this.#at
		const literal = this.#match(STRING)
		try {
			// JSON.parse knows the escapes and refuses control characters.
			if (literal !== undefined) return JSON.parse(literal) as string
		} catch {
			// The error below names the place in the file, which JSON.parse cannot know.
		}
		this.#at = start
		throw this.#expected('a string')
	}

	#number(): number | bigint {
		const literal = this.#match(NUMBER)
		if (literal === undefined || literal === '') throw this.#expected('a value')
		const number = Number(literal)
		return /^-?\d+$/.test(literal) && !Number.isSafeInteger(number) ? BigInt(literal) : number
	}

	#match(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#at
		const found = pattern.exec(this.text)?.[0]
		if (found !== undefined) this.#at += found.length
		return found
	}

	/** Steps over blanks and `mark` if it comes next. */
	#takes(mark: string): boolean {
		this.#match(SPACE)
		if (this.text[this.#at] !== mark) return false
		this.#at += 1
		return true
	}

	#take(mark: string): void {
		if (!this.#takes(mark)) throw this.#expected(`"${mark}"`)
	}

	#expected(what: string): JsonSyntaxError {
		return new JsonSyntaxError(what, this.text, this.#at)
	}
}
