/*
 * Names of members as they are loaded, the first byte lowest. Each function takes the address of a key whose length
 * is that of the name, so what follows is its closing quote.
 */

const SIX_BYTES: u64 = 0xffffffffffff

/** `address"` */
export function isAddress(key: usize): bool {
	return load<u64>(key) === 0x2273736572646461
}

export function isTopics(key: usize): bool {
	return (load<u64>(key) & SIX_BYTES) === 0x736369706f74
}

export function isData(key: usize): bool {
	return load<u32>(key) === 0x61746164
}

export function isLogIndex(key: usize): bool {
	return load<u64>(key) === 0x7865646e49676f6c
}

/** `blockHas`, `h` */
export function isBlockHash(key: usize): bool {
	return load<u64>(key) === 0x7361486b636f6c62 && load<u8>(key, 8) === 0x68
}

/** `blockNum`, `mber` */
export function isBlockNumber(key: usize): bool {
	return load<u64>(key) === 0x6d754e6b636f6c62 && load<u32>(key, 7) === 0x7265626d
}

/** `transact`, `ionIndex` */
export function isTransactionIndex(key: usize): bool {
	return load<u64>(key) === 0x746361736e617274 && load<u64>(key, 8) === 0x7865646e496e6f69
}

export function isLogs(key: usize): bool {
	return load<u32>(key) === 0x73676f6c
}

export function isResult(key: usize): bool {
	return (load<u64>(key) & SIX_BYTES) === 0x746c75736572
}

/** `erro`, `r` */
export function isError(key: usize): bool {
	return load<u32>(key) === 0x6f727265 && load<u8>(key, 4) === 0x72
}
