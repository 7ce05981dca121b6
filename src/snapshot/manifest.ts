import { createHash } from 'node:crypto'
import { parseChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import { parseBlockId } from '../protocol/parse-block.js'
import { parseUint } from '../protocol/parse-uint.js'
import { parseRecord, readField } from '../protocol/record.js'
import { type StoredIdentity, storeFiles } from '../storage/index.js'

export const MANIFEST_FILE = 'manifest.json'
const FORMAT = 'vigil-snapshot-1'

/** Checksums are of chunks this large: what is damaged or missing is fetched again without the rest. */
export const CHUNK_BYTES = 16 * 1024 * 1024

/** What a snapshot holds. It is in `manifest.json`, beside the files, with a checksum of itself. */
export interface SnapshotManifest {
	/** Another one for each snapshot. */
	readonly id: string
	/** ISO time at which it was begun. */
	readonly created: string
	/** Version of the Vigil that made it. */
	readonly vigil: string
	/** Schema version of the store. */
	readonly schema: number
	readonly chains: readonly StoredIdentity[]
	readonly chunkBytes: number
	/** `meta.mdb` first. */
	readonly files: readonly SnapshotFile[]
}

export interface SnapshotFile {
	readonly name: string
	readonly bytes: number
	/** SHA-256 of every `chunkBytes`, the last may be shorter; hex. */
	readonly chunks: readonly string[]
}

export function encodeManifest(manifest: SnapshotManifest): string {
	const body = { format: FORMAT, ...manifest }
	return `${JSON.stringify({ checksum: checksumOf(body), ...body })}\n`
}

/**
 * Reads a manifest that came from elsewhere.
 * @throws MalformedValueError, SyntaxError
 */
export function parseManifest(text: string): SnapshotManifest {
	const record = parseRecord(JSON.parse(text), 'manifest')
	const { checksum, ...body } = record
	if (body.format !== FORMAT) throw new MalformedValueError('manifest.format', FORMAT, body.format)
	if (checksum !== checksumOf(body))
		throw new MalformedValueError('manifest.checksum', 'the checksum of the rest', checksum)
	const chains = parseList(body.chains, 'manifest.chains', parseIdentity)
	const names = storeFiles(chains.map(({ chainId }) => parseChainId(chainId, 'manifest.chains')))
	const chunkBytes = parseUint(body.chunkBytes, 'manifest.chunkBytes')
	if (chunkBytes === 0) throw new MalformedValueError('manifest.chunkBytes', 'a size above 0', chunkBytes)
	const files = parseList(body.files, 'manifest.files', (value, field) => parseFile(value, field, chunkBytes))
	// Names become paths: only those of a store are taken.
	if (files.map(({ name }) => name).join() !== names.join())
		throw new MalformedValueError('manifest.files', names.join(), files.map(({ name }) => name).join())
	return {
		id: parseText(body.id, 'manifest.id'),
		created: parseText(body.created, 'manifest.created'),
		vigil: parseText(body.vigil, 'manifest.vigil'),
		schema: parseUint(body.schema, 'manifest.schema'),
		chains,
		chunkBytes,
		files,
	}
}

/** Bytes of all files. */
export function snapshotBytes({ files }: Pick<SnapshotManifest, 'files'>): number {
	return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function checksumOf(body: object): string {
	return createHash('sha256').update(JSON.stringify(body)).digest('hex')
}

function parseIdentity(value: unknown, field: string): StoredIdentity {
	const record = parseRecord(value, field)
	const interopTime = readField(record, 'interopTime')
	return {
		chainId: `${parseChainId(readField(record, 'chainId'), `${field}.chainId`)}`,
		l1Genesis: parseBlockId(readField(record, 'l1Genesis'), `${field}.l1Genesis`),
		l2Genesis: parseBlockId(readField(record, 'l2Genesis'), `${field}.l2Genesis`),
		l2Time: parseUint(readField(record, 'l2Time'), `${field}.l2Time`),
		blockTime: parseUint(readField(record, 'blockTime'), `${field}.blockTime`),
		interopTime: interopTime === null ? null : parseUint(interopTime, `${field}.interopTime`),
	}
}

function parseFile(value: unknown, field: string, chunkBytes: number): SnapshotFile {
	const record = parseRecord(value, field)
	const bytes = parseUint(readField(record, 'bytes'), `${field}.bytes`)
	const chunks = parseList(readField(record, 'chunks'), `${field}.chunks`, parseChecksum)
	if (chunks.length !== Math.ceil(bytes / chunkBytes))
		throw new MalformedValueError(`${field}.chunks`, `those of ${bytes} bytes`, chunks.length)
	return { name: parseText(readField(record, 'name'), `${field}.name`), bytes, chunks }
}

function parseChecksum(value: unknown, field: string): string {
	if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
		throw new MalformedValueError(field, 'a SHA-256 as hex', value)
	return value
}

function parseText(value: unknown, field: string): string {
	if (typeof value !== 'string' || value === '' || value.length > 100)
		throw new MalformedValueError(field, 'a short text', value)
	return value
}

function parseList<T>(value: unknown, field: string, parse: (value: unknown, field: string) => T): T[] {
	if (!Array.isArray(value)) throw new MalformedValueError(field, 'an array', value)
	return value.map((part, index) => parse(part, `${field}[${index}]`))
}
