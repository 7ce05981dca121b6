/*
 * A log of the batch at hand: the 52 bytes that its log hash is made of, followed by the first byte of their padding
 * (56 bytes in all), then where its padded payload lies and how many blocks of the hash it has.
 */

/** Logs that are hashed at once at most. */
export const LOG_SLOTS: usize = 512

export const SLOT_BYTES: usize = 64

export const ADDRESS_BYTES: usize = 20
export const PAYLOAD_HASH_OFFSET: usize = ADDRESS_BYTES
export const PADDING_OFFSET: usize = 52
export const PAYLOAD_AT_OFFSET: usize = 56
export const PAYLOAD_BLOCKS_OFFSET: usize = 60
