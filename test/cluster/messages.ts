import {
	createWalletClient,
	defineChain,
	encodeFunctionData,
	type Hex,
	hexToBytes,
	http,
	keccak256,
	type LocalAccount,
	pad,
	parseAbi,
	publicActions,
	type TransactionReceipt,
	toHex,
} from 'viem'
import { encodeAccessList } from '../../src/protocol/access-list.js'
import type { BlockId } from '../../src/protocol/block.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import type { Hash } from '../../src/protocol/hash.js'
import { hashToBytes } from '../../src/protocol/hash.js'
import { logHash } from '../../src/protocol/log-hash.js'
import type { Message } from '../../src/protocol/message.js'
import type { TestChainId } from './settings.js'
import { until } from './until.js'

const INBOX = '0x4200000000000000000000000000000000000022'
/** Emits logs: calldata is their number, the number of topics, and their data. */
export const EMITTER = '0x00000000000000000000000000000000000e0001'
/** Calls the inbox: calldata is the only timestamp at which it does (or 0), then calls of the inbox in a row. */
const EXECUTOR = '0x00000000000000000000000000000000000e0002'

const INBOX_ABI = parseAbi([
	'function validateMessage((address origin, uint256 blockNumber, uint256 logIndex, uint256 timestamp, uint256 chainId) id, bytes32 msgHash)',
])

const GAS = 500_000n
const RECEIPT_SECONDS = 30

export interface MinedTransaction {
	readonly block: BlockId
	/** False if it was reverted. */
	readonly succeeded: boolean
}

/** An account that sends messages on a chain and executes those of others. */
export class Messenger {
	readonly #client
	readonly #signal: AbortSignal

	constructor(
		readonly chainId: TestChainId,
		url: string,
		account: LocalAccount,
		signal: AbortSignal,
	) {
		this.#signal = signal
		const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
		const rpcUrls = { default: { http: [url] } }
		const chain = defineChain({ id: chainId, name: `${chainId}`, nativeCurrency, rpcUrls })
		this.#client = createWalletClient({ account, chain, transport: http(url) }).extend(publicActions)
	}

	/** Emits one log without topics, and resolves with the message that it is once it is in a block. */
	async emit(data: Hex): Promise<Message> {
		const receipt = await this.#receipt(await this.sendEmit(data))
		const [log] = receipt.logs
		if (log === undefined) throw new Error(`the emitter of ${this.chainId} emitted nothing`)
		const { timestamp } = await this.#client.getBlock({ blockHash: receipt.blockHash })
		return messageOf(data, {
			chainId: this.chainId,
			blockNumber: receipt.blockNumber,
			timestamp,
			logIndex: log.logIndex,
		})
	}

	/** Resolves when the transaction is in the pool. */
	sendEmit(data: Hex): Promise<Hex> {
		const calldata = [pad(toHex(1n)), pad(toHex(0n)), data].map((part) => part.slice(2)).join('')
		return this.#client.sendTransaction({ to: EMITTER, data: `0x${calldata}`, gas: GAS })
	}

	/** Executes a message, and resolves once that is in a block. */
	async execute(message: Message): Promise<MinedTransaction> {
		return this.mined(await this.sendExecute(message))
	}

	/**
	 * Resolves when the transaction is in the pool.
	 * @param onlyAt it is reverted in a block of any other timestamp; 0 for all
	 */
	sendExecute(message: Message, onlyAt = 0n): Promise<Hex> {
		const { identifier, payloadHash } = message
		const call = encodeFunctionData({
			abi: INBOX_ABI,
			args: [{ ...identifier, logIndex: BigInt(identifier.logIndex) }, payloadHash],
		})
		return this.#client.sendTransaction({
			to: EXECUTOR,
			data: `${pad(toHex(onlyAt))}${call.slice(2)}`,
			gas: GAS,
			accessList: [{ address: INBOX, storageKeys: accessKeys(message) }],
		})
	}

	/** Waits for the block with this transaction. */
	async mined(transaction: Hex): Promise<MinedTransaction> {
		const { blockHash, blockNumber, status } = await this.#receipt(transaction)
		return {
			block: { hash: blockHash as Hash, number: Number(blockNumber) },
			succeeded: status === 'success',
		}
	}

	#receipt(hash: Hex): Promise<TransactionReceipt> {
		const waiting = { seconds: RECEIPT_SECONDS, signal: this.#signal }
		return until(`${hash} is in a block of ${this.chainId}`, waiting, async () => ({
			found: await this.#client.getTransactionReceipt({ hash }),
		}))
	}
}

/** The message that a log of the emitter without topics is, in its place. */
export function messageOf(
	data: Hex,
	place: { chainId: TestChainId; blockNumber: bigint; timestamp: bigint; logIndex: number },
): Message {
	return {
		identifier: { ...place, origin: EMITTER, chainId: chainIdFromBigint(BigInt(place.chainId)) },
		payloadHash: keccak256(data) as Hash,
	}
}

/** The storage keys of the inbox that an executing transaction has to name. */
function accessKeys({ identifier, payloadHash }: Message): Hash[] {
	const { origin, ...place } = identifier
	const checksum = messageChecksum({
		...place,
		logHash: logHash(hexToBytes(origin), hashToBytes(payloadHash)),
	})
	return encodeAccessList([{ ...place, checksum }])
}
