import { MalformedValueError } from '../protocol/errors.js'
import {
	type Fields,
	readBlockId,
	readBlockRef,
	readBoolean,
	readL2BlockRef,
	readObject,
	readOutput,
	readString,
	readUint,
} from './field-reader.js'
import { readL1Header } from './l1-header.js'
import type {
	RecordedDependencySet,
	RecordedFinality,
	RecordedHeads,
	RecordedL1Block,
	RecordedL2Block,
	RecordedLink,
	RecordedPair,
	RecordedReplacement,
	RecordedRollup,
	RecordingInfo,
} from './recording.js'
import { RECORDING_FORMAT, RECORDING_VERSION } from './recording.js'

/** The head of a chain in the first line of a recording. */
export interface ChainHeader {
	readonly chainId: string
	readonly rollup: RecordedRollup
	readonly start?: RecordedPair
}

export interface HeaderLine extends RecordingInfo {
	readonly format: typeof RECORDING_FORMAT
	readonly version: number
	readonly chains: readonly ChainHeader[]
}

/** Any line after the first, but the raw receipts, which follow their `l2` line. */
export type RecordingLine =
	| ({ readonly type: 'l1' } & RecordedL1Block)
	| ({ readonly type: 'l1-finalized' } & RecordedFinality)
	| ({ readonly type: 'l2'; readonly chain: string; readonly receiptsBytes: number } & RecordedL2Block)
	| ({ readonly type: 'link'; readonly chain: string } & RecordedLink)
	| ({ readonly type: 'replacement'; readonly chain: string } & RecordedReplacement)
	| HeadsLine

/** The last line; its `lines` says how many the file has, so that a cut one is noticed. */
export interface HeadsLine {
	readonly type: 'heads'
	readonly chains: { readonly [chainId: string]: RecordedHeads }
	readonly finalizedL1?: RecordedFinality['block']
	readonly lines: number
}

/** @throws MalformedValueError naming the member that is wrong. The version is not judged here. */
export function parseHeaderLine(value: unknown): HeaderLine {
	const fields = readObject(value, 'header')
	if (fields.format !== RECORDING_FORMAT) {
		throw new MalformedValueError('format', `"${RECORDING_FORMAT}"`, fields.format)
	}
	const chains = fields.chains
	if (!Array.isArray(chains)) throw new MalformedValueError('chains', 'an array', chains)
	return {
		format: RECORDING_FORMAT,
		version: RECORDING_VERSION,
		name: readString(fields.name, 'name'),
		description: readString(fields.description, 'description'),
		l1ChainId: readUint(fields.l1ChainId, 'l1ChainId'),
		confirmationDepth: readUint(fields.confirmationDepth, 'confirmationDepth'),
		dependencySet: readDependencySet(fields.dependencySet, 'dependencySet'),
		chains: chains.map((chain, index) => readChainHeader(chain, `chains[${index}]`)),
	}
}

/** @throws MalformedValueError naming the member that is wrong. */
export function parseRecordingLine(value: unknown): RecordingLine {
	const fields = readObject(value, 'line')
	switch (fields.type) {
		case 'l1':
			return {
				type: 'l1',
				t: readUint(fields.t, 't'),
				block: readBlockRef(fields.block, 'block'),
				canonical: readBoolean(fields.canonical, 'canonical'),
				...(fields.header === undefined ? {} : { header: readL1Header(fields.header, 'header') }),
			}
		case 'l1-finalized':
			return {
				type: 'l1-finalized',
				t: readUint(fields.t, 't'),
				block: readBlockId(fields.block, 'block'),
			}
		case 'l2':
			return readL2Line(fields)
		case 'link':
			return {
				type: 'link',
				chain: readString(fields.chain, 'chain'),
				t: readUint(fields.t, 't'),
				source: readBlockId(fields.source, 'source'),
				derived: readBlockId(fields.derived, 'derived'),
			}
		case 'replacement':
			return {
				type: 'replacement',
				chain: readString(fields.chain, 'chain'),
				t: readUint(fields.t, 't'),
				invalidated: readBlockId(fields.invalidated, 'invalidated'),
				replacement: readBlockId(fields.replacement, 'replacement'),
			}
		case 'heads':
			return readHeadsLine(fields)
		default:
			throw new MalformedValueError('type', 'l1, l1-finalized, l2, link, replacement or heads', fields.type)
	}
}

function readL2Line(fields: Fields): RecordingLine {
	return {
		type: 'l2',
		chain: readString(fields.chain, 'chain'),
		t: readUint(fields.t, 't'),
		block: readL2BlockRef(fields.block, 'block'),
		canonical: readBoolean(fields.canonical, 'canonical'),
		announced: readBoolean(fields.announced, 'announced'),
		...(fields.output === undefined ? {} : { output: readOutput(fields.output, 'output') }),
		...(fields.pendingOutput === undefined
			? {}
			: { pendingOutput: readOutput(fields.pendingOutput, 'pendingOutput') }),
		receiptsBytes: readUint(fields.receiptsBytes, 'receiptsBytes'),
	}
}

function readHeadsLine(fields: Fields): HeadsLine {
	const chains = readObject(fields.chains, 'chains')
	return {
		type: 'heads',
		chains: Object.fromEntries(
			Object.entries(chains).map(([id, heads]) => [id, readHeads(heads, `chains.${id}`)]),
		),
		...(fields.finalizedL1 === undefined
			? {}
			: { finalizedL1: readBlockId(fields.finalizedL1, 'finalizedL1') }),
		lines: readUint(fields.lines, 'lines'),
	}
}

function readHeads(value: unknown, field: string): RecordedHeads {
	const fields = readObject(value, field)
	const id = (name: string) =>
		fields[name] === undefined ? {} : { [name]: readBlockId(fields[name], `${field}.${name}`) }
	const pair = (name: string) =>
		fields[name] === undefined ? {} : { [name]: readPair(fields[name], `${field}.${name}`) }
	return {
		...id('localUnsafe'),
		...id('crossUnsafe'),
		...pair('localSafe'),
		...pair('crossSafe'),
		...id('finalized'),
	}
}

export function readPair(value: unknown, field: string): RecordedPair {
	const fields = readObject(value, field)
	return {
		derived: readBlockId(fields.derived, `${field}.derived`),
		source: readBlockId(fields.source, `${field}.source`),
	}
}

export function readDependencySet(value: unknown, field: string): RecordedDependencySet {
	const fields = readObject(value, field)
	const dependencies = readObject(fields.dependencies, `${field}.dependencies`)
	const window = fields.overrideMessageExpiryWindow
	return {
		dependencies: Object.fromEntries(
			Object.entries(dependencies).map(([id, entry]) => [
				id,
				readObject(entry, `${field}.dependencies.${id}`),
			]),
		),
		...(window === undefined
			? {}
			: { overrideMessageExpiryWindow: readUint(window, `${field}.overrideMessageExpiryWindow`) }),
	}
}

/** Takes from a rollup.json what is recorded of it. */
export function readRollup(value: unknown, field: string): RecordedRollup {
	const fields = readObject(value, field)
	const genesis = readObject(fields.genesis, `${field}.genesis`)
	const id = fields.l2_chain_id
	return {
		genesis: {
			l1: readBlockId(genesis.l1, `${field}.genesis.l1`),
			l2: readBlockId(genesis.l2, `${field}.genesis.l2`),
			l2_time: readUint(genesis.l2_time, `${field}.genesis.l2_time`),
		},
		block_time: readUint(fields.block_time, `${field}.block_time`),
		l1_chain_id: readUint(fields.l1_chain_id, `${field}.l1_chain_id`),
		l2_chain_id: typeof id === 'string' ? id : readUint(id, `${field}.l2_chain_id`),
		...(fields.interop_time === undefined || fields.interop_time === null
			? {}
			: { interop_time: readUint(fields.interop_time, `${field}.interop_time`) }),
	}
}

function readChainHeader(value: unknown, field: string): ChainHeader {
	const fields = readObject(value, field)
	return {
		chainId: readString(fields.chainId, `${field}.chainId`),
		rollup: readRollup(fields.rollup, `${field}.rollup`),
		...(fields.start === undefined ? {} : { start: readPair(fields.start, `${field}.start`) }),
	}
}
