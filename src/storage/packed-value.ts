import { Packr } from 'msgpackr'
import { DataCorruptionError } from '../protocol/errors.js'

/** Plain maps: every value can be read on its own, without structures that threads would have to share. */
const packr = new Packr({ useRecords: false })

/** For the few structured rows (`state`, `invalidated`): msgpack without shared structures. */
export function packValue(value: unknown): Buffer {
	return packr.pack(value)
}

/** @throws DataCorruptionError naming `where` if the bytes are no msgpack. */
export function unpackValue(bytes: Buffer, where: string): unknown {
	try {
		return packr.unpack(bytes)
	} catch (cause) {
		throw new DataCorruptionError(`${where} cannot be decoded`, { cause })
	}
}
