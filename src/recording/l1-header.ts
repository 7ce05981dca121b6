import { MalformedValueError } from '../protocol/errors.js'
import { type Fields, readObject } from './field-reader.js'

const ZERO_32 = `0x${'0'.repeat(64)}`
/** keccak256 of the RLP of an empty list: the ommers' hash of every block since the merge. */
const NO_OMMERS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** Root of an empty trie. */
const EMPTY_TRIE = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** Members of a header under their names in JSON-RPC, but for those of a block ref. All are hex. */
export type L1Header = { readonly [member: string]: string }

/** What an empty block has. */
export const EMPTY_HEADER: L1Header = {
	sha3Uncles: NO_OMMERS,
	miner: `0x${'0'.repeat(40)}`,
	stateRoot: EMPTY_TRIE,
	transactionsRoot: EMPTY_TRIE,
	receiptsRoot: EMPTY_TRIE,
	logsBloom: `0x${'0'.repeat(512)}`,
	difficulty: '0x0',
	gasLimit: '0x1c9c380',
	gasUsed: '0x0',
	extraData: '0x',
	mixHash: ZERO_32,
	nonce: '0x0000000000000000',
	baseFeePerGas: '0x3b9aca00',
	withdrawalsRoot: EMPTY_TRIE,
	blobGasUsed: '0x0',
	excessBlobGas: '0x0',
	parentBeaconBlockRoot: ZERO_32,
}

/** Since Prague. A header that has none must not be given one: it would have another hash. */
const LATER_MEMBERS = ['requestsHash']

/** Takes from a header as JSON-RPC has it what an empty block has not. */
export function pickL1Header(block: Fields): L1Header {
	const members = [...Object.keys(EMPTY_HEADER), ...LATER_MEMBERS]
	return Object.fromEntries(
		members.flatMap((member) => {
			const value = block[member]
			return typeof value !== 'string' || value === EMPTY_HEADER[member] ? [] : [[member, value]]
		}),
	)
}

/** @throws MalformedValueError naming the member that is no hex */
export function readL1Header(value: unknown, field: string): L1Header {
	const fields = readObject(value, field)
	for (const [member, text] of Object.entries(fields)) {
		if (typeof text !== 'string' || !/^0x[0-9a-f]*$/.test(text))
			throw new MalformedValueError(`${field}.${member}`, 'lower-case hex', text)
	}
	return pickL1Header(fields)
}
