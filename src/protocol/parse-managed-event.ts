import { MalformedValueError } from './errors.js'
import type { ManagedEvent } from './managed-event.js'
import { parseBlockRef, parseBlockReplacement, parseDerivedPair } from './parse-block.js'
import { parseRecord, readField } from './record.js'

/**
 * Reads an event of a managed node. Members that are null count as missing and unknown ones are ignored, so an
 * event can come out empty. Both `unsafeBlock` (op-node) and `UnsafeBlock` (published document) are understood.
 * @throws MalformedValueError naming the member that is wrong; an event is taken whole or not at all.
 */
export function parseManagedEvent(value: unknown): ManagedEvent {
	const record = parseRecord(value, 'event')
	function read<T>(name: string, parse: (value: unknown, field: string) => T): T | undefined {
		const member = readField(record, name)
		return member === undefined || member === null ? undefined : parse(member, name)
	}
	const reset = read('reset', parseReason)
	const unsafeBlock = read('unsafeBlock', parseBlockRef)
	const derivationUpdate = read('derivationUpdate', parseDerivedPair)
	const exhaustL1 = read('exhaustL1', parseDerivedPair)
	const replaceBlock = read('replaceBlock', parseBlockReplacement)
	const derivationOriginUpdate = read('derivationOriginUpdate', parseBlockRef)
	const event: { -readonly [Member in keyof ManagedEvent]: ManagedEvent[Member] } = {}
	if (reset !== undefined) event.reset = reset
	if (unsafeBlock !== undefined) event.unsafeBlock = unsafeBlock
	if (derivationUpdate !== undefined) event.derivationUpdate = derivationUpdate
	if (exhaustL1 !== undefined) event.exhaustL1 = exhaustL1
	if (replaceBlock !== undefined) event.replaceBlock = replaceBlock
	if (derivationOriginUpdate !== undefined) event.derivationOriginUpdate = derivationOriginUpdate
	return event
}

function parseReason(value: unknown, field: string): string {
	if (typeof value !== 'string') throw new MalformedValueError(field, 'a string', value)
	return value
}
