/** How the text of a flag or variable becomes a value. */
export interface OptionKind<T> {
	/** Stands for the value in the help, such as `port`. */
	readonly placeholder: string
	/** Lists may be given several times; the parts are joined. Switches may be given without a value. */
	readonly shape: 'single' | 'list' | 'switch'
	/** @throws OptionValueError saying what is expected. */
	parse(text: string): T
}

/** The text of a setting is not of its kind. `resolveOptions` adds the name of the setting. */
export class OptionValueError extends Error {
	constructor(expected: string, found: string) {
		super(
			`expected ${expected}, found ${JSON.stringify(found.length > 80 ? `${found.slice(0, 77)}...` : found)}`,
		)
		this.name = 'OptionValueError'
	}
}

export function text(placeholder: string): OptionKind<string> {
	return {
		placeholder,
		shape: 'single',
		parse(value) {
			if (value.trim() === '') throw new OptionValueError(`a ${placeholder}`, value)
			return value
		},
	}
}

export function wholeNumber(placeholder: string, limits: { min: number; max: number }): OptionKind<number> {
	return {
		placeholder,
		shape: 'single',
		parse(value) {
			const number = Number(value)
			if (!/^\d+$/.test(value) || number < limits.min || number > limits.max) {
				throw new OptionValueError(`a whole number from ${limits.min} to ${limits.max}`, value)
			}
			return number
		},
	}
}

/** A number above 0, with a fraction or without. */
export function positiveNumber(placeholder: string): OptionKind<number> {
	return {
		placeholder,
		shape: 'single',
		parse(value) {
			const number = Number(value)
			if (!/^\d+(\.\d+)?$/.test(value) || number <= 0) throw new OptionValueError('a number above 0', value)
			return number
		},
	}
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** A length of time with its unit, as Go writes it (`500ms`, `1.5s`, `2m`), in milliseconds. */
export function duration(limits: { readonly min: number; readonly max: number }): OptionKind<number> {
	return {
		placeholder: 'duration',
		shape: 'single',
		parse(value) {
			const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value) ?? []
			const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS]
			if (!(ms >= limits.min && ms <= limits.max)) {
				const range = `${formatDuration(limits.min)} to ${formatDuration(limits.max)}`
				throw new OptionValueError(`a time with its unit (ms, s, m or h) from ${range}`, value)
			}
			return ms
		},
	}
}

/** `1500` as `1.5s`: the largest unit of which there is at least one. */
export function formatDuration(ms: number): string {
	const unit = (['h', 'm', 's'] as const).find((name) => ms >= UNIT_MS[name]) ?? 'ms'
	return `${ms / UNIT_MS[unit]}${unit}`
}

const UNIT_BYTES = { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const

/** A size with its unit, powers of 1,024, in bytes: `512MB`, `1.5GB`. */
export function byteSize(limits: { readonly min: number; readonly max: number }): OptionKind<number> {
	return {
		placeholder: 'size',
		shape: 'single',
		parse(value) {
			const [, number, unit] = /^(\d+(?:\.\d+)?)(MB|GB|TB)$/.exec(value) ?? []
			const bytes = Math.floor(Number(number) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES])
			if (!(bytes >= limits.min && bytes <= limits.max)) {
				const range = `${formatBytes(limits.min)} to ${formatBytes(limits.max)}`
				throw new OptionValueError(`a size with its unit (MB, GB or TB) from ${range}`, value)
			}
			return bytes
		},
	}
}

/** The largest unit of which there is at least one. */
function formatBytes(bytes: number): string {
	const unit = (['TB', 'GB'] as const).find((name) => bytes >= UNIT_BYTES[name]) ?? 'MB'
	return `${bytes / UNIT_BYTES[unit]}${unit}`
}

const TRUE_WORDS = new Set(['true', 't', '1'])
const FALSE_WORDS = new Set(['false', 'f', '0'])

/** The words are those that Go's flag package takes, because running deployments use them. */
export const switchKind: OptionKind<boolean> = {
	placeholder: 'true|false',
	shape: 'switch',
	parse(value) {
		const word = value.toLowerCase()
		if (TRUE_WORDS.has(word)) return true
		if (FALSE_WORDS.has(word)) return false
		throw new OptionValueError('true or false', value)
	},
}

/** One of several words in any case. `aliases` are the words of other programs for the same thing. */
export function choice<const W extends string>(
	words: readonly W[],
	aliases: Readonly<Record<string, W>> = {},
): OptionKind<W> {
	return {
		placeholder: words.join('|'),
		shape: 'single',
		parse(value) {
			const word = value.toLowerCase()
			const found =
				words.find((known) => known === word) ?? (Object.hasOwn(aliases, word) ? aliases[word] : undefined)
			if (found === undefined) throw new OptionValueError(`one of ${words.join(', ')}`, value)
			return found
		},
	}
}

/**
 * A comma list. Blanks around the commas do not count, and neither do empty parts, which templates of deployments
 * leave behind and op-supervisor passes over too; a list of nothing else is an error.
 */
export function list(
	placeholder: string,
	checkPart: (part: string) => void = () => {},
): OptionKind<readonly string[]> {
	return {
		placeholder: `${placeholder},...`,
		shape: 'list',
		parse(value) {
			const parts = value.split(',').map((part) => part.trim())
			const given = parts.filter((part) => part !== '')
			if (given.length === 0) throw new OptionValueError(`a comma list of ${placeholder}s`, value)
			for (const part of given) checkPart(part)
			return given
		},
	}
}

/** One URL. A refused one is not shown, because it may hold a key or a password. */
export function url(schemes: readonly string[]): OptionKind<string> {
	return {
		placeholder: 'URL',
		shape: 'single',
		parse(value) {
			checkUrl(value, `a URL that starts with ${schemeNames(schemes)}`, schemes)
			return value
		},
	}
}

/** A comma list of URLs. */
export function urlList(schemes: readonly string[]): OptionKind<readonly string[]> {
	return list('URL', (part) => checkUrl(part, `URLs that start with ${schemeNames(schemes)}`, schemes))
}

function schemeNames(schemes: readonly string[]): string {
	return schemes.map((scheme) => `${scheme}://`).join(' or ')
}

function checkUrl(text: string, expected: string, schemes: readonly string[]): void {
	const scheme = URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : undefined
	if (scheme === undefined) throw new OptionValueError(expected, 'something that is no URL')
	if (!schemes.includes(scheme)) throw new OptionValueError(expected, `${scheme}://...`)
}
