import { readFile } from 'node:fs/promises'
import type { BlockId } from '../protocol/block.js'
import { type ChainId, parseChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import { type Hash, parseHash, ZERO_HASH } from '../protocol/hash.js'
import { ConfigFileError } from './config-file-error.js'
import { type JsonValue, parseJsonDocument } from './json-document.js'

const MAX_UINT64 = 2n ** 64n - 1n

/** The text of a configuration file. @throws ConfigFileError */
export async function readConfigText(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8')
	} catch (error) {
		const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
		const problem = reason === 'ENOENT' ? 'there is no such file' : `cannot be read (${reason})`
		throw new ConfigFileError(file, '', problem, { cause: error })
	}
}

/** The JSON value in a configuration file, ready to be read field by field. @throws ConfigFileError */
export function parseConfigText(text: string, file: string): ConfigNode {
	try {
		return new ConfigNode(parseJsonDocument(text), file, '')
	} catch (error) {
		throw new ConfigFileError(file, '', error instanceof Error ? error.message : String(error), {
			cause: error,
		})
	}
}

/**
 * A value of a configuration file that knows where it stands, so that every error names file and field. The rules
 * are those of Go's decoder, for whose programs the files are written: names of fields match in any case, unknown
 * fields are ignored, and null counts as absent.
 */
export class ConfigNode {
	constructor(
		private readonly value: JsonValue,
		private readonly file: string,
		readonly field: string,
	) {}

	get isNull(): boolean {
		return this.value === null
	}

	/** The member of that name; a null node if there is none. */
	member(name: string): ConfigNode {
		let found: JsonValue = null
		for (const [key, value] of this.#object()) if (key.toLowerCase() === name.toLowerCase()) found = value
		return new ConfigNode(found, this.file, this.field === '' ? name : `${this.field}.${name}`)
	}

	/** All members; none of null. */
	members(): [key: string, node: ConfigNode][] {
		return [...this.#object()].map(([key, value]) => [
			key,
			new ConfigNode(value, this.file, this.field === '' ? key : `${this.field}.${key}`),
		])
	}

	/** A whole number from 0 to 2^64 - 1, `undefined` for null. */
	uint64(): bigint | undefined {
		if (this.value === null) return undefined
		const whole = typeof this.value === 'bigint' || Number.isInteger(this.value)
		const number = whole ? BigInt(this.value as bigint | number) : -1n
		if (number < 0n || number > MAX_UINT64)
			throw this.error(`expected a whole number of 64 bits, found ${this.#shown()}`)
		return number
	}

	/** A block number, a time in seconds or the like: 0 for null. */
	count(): number {
		const number = Number(this.uint64() ?? 0n)
		if (!Number.isSafeInteger(number))
			throw this.error(`expected a number below 2^53, found ${this.#shown()}`)
		return number
	}

	/** The zero hash for null. */
	hash(): Hash {
		if (this.value === null) return ZERO_HASH
		return this.#parsed(() => parseHash(this.value, this.field))
	}

	/** `{hash, number}`; other members are not looked at. */
	blockId(): BlockId {
		return { hash: this.member('hash').hash(), number: this.member('number').count() }
	}

	/** The chain ID that this node holds as a JSON number of any size. */
	numericChainId(): ChainId {
		if (typeof this.value !== 'bigint' && typeof this.value !== 'number') {
			throw this.error(`expected a chain ID as a number, found ${this.#shown()}`)
		}
		return this.chainId(String(this.value), 'decimal')
	}

	/** `text`, the key of this node, as a chain ID; leading zeros are allowed. */
	chainId(text: string, forms: 'decimal' | 'decimal or hex'): ChainId {
		const isHex = forms === 'decimal or hex' && /^0x[0-9a-f]+$/i.test(text)
		if (!isHex && !/^\d+$/.test(text))
			throw this.error(`expected a ${forms} chain ID, found ${JSON.stringify(text)}`)
		return this.#parsed(() => parseChainId(`${BigInt(text)}`, this.field))
	}

	error(problem: string): ConfigFileError {
		return new ConfigFileError(this.file, this.field, problem)
	}

	#object(): ReadonlyMap<string, JsonValue> {
		if (this.value === null) return new Map()
		if (this.value instanceof Map) return this.value
		throw this.error(`expected an object, found ${this.#shown()}`)
	}

	#parsed<T>(parse: () => T): T {
		try {
			return parse()
		} catch (error) {
			if (!(error instanceof MalformedValueError)) throw error
			throw this.error(`expected ${error.expected}, found ${this.#shown()}`)
		}
	}

	#shown(): string {
		if (this.value instanceof Map) return 'an object'
		if (Array.isArray(this.value)) return 'an array'
		if (typeof this.value !== 'string') return String(this.value)
		return JSON.stringify(this.value.length > 80 ? `${this.value.slice(0, 77)}...` : this.value)
	}
}
