import type { OutputV0 } from './block.js'
import { MalformedValueError } from './errors.js'
import { bytesToHash, type Hash, writeHash } from './hash.js'
import { encodeHexBytes } from './hex-bytes.js'
import { keccak256 } from './keccak.js'

/** `version (32 bytes, zero) | stateRoot | messagePasserStorageRoot | blockHash` */
export const OUTPUT_PREIMAGE_BYTES = 128
const STATE_ROOT = 32
const MESSAGE_PASSER_STORAGE_ROOT = 64
const BLOCK_HASH = 96

/** The 128 bytes whose hash is the output root (protocol notes, "Output root"). */
export function encodeOutputPreimage(output: OutputV0): Uint8Array {
	const bytes = Buffer.alloc(OUTPUT_PREIMAGE_BYTES)
	writeHash(bytes, output.stateRoot, STATE_ROOT)
	writeHash(bytes, output.messagePasserStorageRoot, MESSAGE_PASSER_STORAGE_ROOT)
	writeHash(bytes, output.blockHash, BLOCK_HASH)
	return bytes
}

/** @throws MalformedValueError for another length and for another version than 0. */
export function decodeOutputPreimage(bytes: Uint8Array, field = 'output'): OutputV0 {
	if (bytes.length !== OUTPUT_PREIMAGE_BYTES) {
		throw new MalformedValueError(field, `${OUTPUT_PREIMAGE_BYTES} bytes`, encodeHexBytes(bytes))
	}
	if (bytes.subarray(0, STATE_ROOT).some((byte) => byte !== 0)) {
		throw new MalformedValueError(field, 'an output of version 0', encodeHexBytes(bytes))
	}
	return {
		stateRoot: bytesToHash(bytes, STATE_ROOT),
		messagePasserStorageRoot: bytesToHash(bytes, MESSAGE_PASSER_STORAGE_ROOT),
		blockHash: bytesToHash(bytes, BLOCK_HASH),
	}
}

export function outputRoot(output: OutputV0): Hash {
	return bytesToHash(keccak256(encodeOutputPreimage(output)))
}
