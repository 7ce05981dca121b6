import { concatHex, type Hex, numberToHex, toEventSelector, toRlp } from 'viem'
import { type Anvil, startAnvil } from '../../anvil.js'
import { afterTest } from '../../supervisor/cleanup.js'

const GENESIS_TIME = 1_700_000_000
export const L1_BLOCK_TIME = 4
export const L2_BLOCK_TIME = 2
const DEPOSITOR = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'
const L1_BLOCK = '0x4200000000000000000000000000000000000015'
/** One of the accounts that anvil makes rich. */
const CALLER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const LOGGER = '0x00000000000000000000000000000000000000aa'
/** Writes the call's first word to memory and logs it with the topic 0xaa. */
const LOGGER_CODE = '0x60003560005260aa60206000a100'

/** The contract whose logs are executing messages. */
const INBOX = '0x4200000000000000000000000000000000000022'
const EXECUTING_MESSAGE = toEventSelector(
	'ExecutingMessage(bytes32,(address,uint256,uint256,uint256,uint256))',
)
/** Logs the call's data but its first word, which becomes the second topic. */
const INBOX_CODE = concatHex(['0x60a060206000376000357f', EXECUTING_MESSAGE, '0x60a06000a200'])

interface Header {
	readonly hash: Hex
	readonly number: Hex
	readonly timestamp: Hex
}

/** A real anvil as L1, whose blocks are `L1_BLOCK_TIME` seconds apart. */
export class LiveL1 {
	private constructor(readonly anvil: Anvil) {}

	static async start(): Promise<LiveL1> {
		const anvil = await startAnvil(['--chain-id', '900', '--timestamp', String(GENESIS_TIME)])
		afterTest(() => anvil.stop())
		return new LiveL1(anvil)
	}

	async grow(blocks: number): Promise<void> {
		for (let i = 0; i < blocks; i++) {
			const { timestamp } = await header(this.anvil, 'latest')
			await this.anvil.rpc('evm_setNextBlockTimestamp', Number(timestamp) + L1_BLOCK_TIME)
			await this.anvil.rpc('evm_mine')
		}
	}

	/** The newest block that is not younger than this time. */
	async at(time: number): Promise<Header> {
		const number = Math.floor((time - GENESIS_TIME) / L1_BLOCK_TIME)
		return header(this.anvil, numberToHex(number))
	}
}

/** A real anvil as an OP Stack chain: every block begins with the deposit of its L1 attributes. */
export class LiveL2 {
	#seed = 0
	#calls: object[] = []

	private constructor(
		readonly anvil: Anvil,
		private readonly l1: LiveL1,
	) {}

	static async start(l1: LiveL1, chainId: number): Promise<LiveL2> {
		const anvil = await startAnvil([
			...['--chain-id', String(chainId), '--timestamp', String(GENESIS_TIME)],
			...['--network', 'optimism', '--order', 'fifo'],
		])
		afterTest(() => anvil.stop())
		await anvil.rpc('anvil_setCode', LOGGER, LOGGER_CODE)
		return new LiveL2(anvil, l1)
	}

	/** Adds blocks with `logs` logs each. L1 must be there up to their time. */
	async grow(blocks: number, logs = 2): Promise<void> {
		for (let i = 0; i < blocks; i++) {
			const parent = await header(this.anvil, 'latest')
			const time = Number(parent.timestamp) + L2_BLOCK_TIME
			const origin = await this.l1.at(time)
			await this.anvil.rpc('eth_sendRawTransaction', deposit(origin, time, ++this.#seed))
			for (let log = 0; log < logs; log++) await this.#log()
			for (const call of this.#calls.splice(0)) await this.anvil.rpc('eth_sendTransaction', call)
			await this.anvil.rpc('evm_setNextBlockTimestamp', time)
			await this.anvil.rpc('evm_mine')
		}
	}

	/** Replaces the newest blocks by as many others. */
	async reorg(depth: number): Promise<void> {
		await this.anvil.rpc('anvil_rollback', depth)
		await this.grow(depth, 3)
	}

	/** The next block executes a message that a log of `chainId` at `timestamp` is said to have initiated. */
	async executeInNext(chainId: number, timestamp: number): Promise<void> {
		await this.anvil.rpc('anvil_setCode', INBOX, INBOX_CODE)
		const identifier = [0xaa, 1, 0, timestamp, chainId].map((value) => numberToHex(value, { size: 32 }))
		const data = concatHex([numberToHex(1, { size: 32 }), ...identifier])
		this.#calls.push({ from: CALLER, to: INBOX, data, gas: '0x186a0' })
	}

	#log(): Promise<unknown> {
		const data = numberToHex(++this.#seed, { size: 32 })
		return this.anvil.rpc('eth_sendTransaction', { from: CALLER, to: LOGGER, data, gas: '0x186a0' })
	}
}

export async function header(anvil: Anvil, label: string): Promise<Header> {
	return (await anvil.rpc('eth_getBlockByNumber', label, false)) as Header
}

/** The transaction of type 0x7e with the packed attributes of Ecotone. */
function deposit(origin: Header, time: number, seed: number): Hex {
	const sequence = Math.floor((time - Number(origin.timestamp)) / L2_BLOCK_TIME)
	const attributes = concatHex([
		'0x440a5e20',
		numberToHex(0, { size: 8 }),
		numberToHex(sequence, { size: 8 }),
		numberToHex(Number(origin.timestamp), { size: 8 }),
		numberToHex(Number(origin.number), { size: 8 }),
		numberToHex(0, { size: 64 }),
		origin.hash,
		numberToHex(0, { size: 32 }),
	])
	const fields: Hex[] = [
		numberToHex(seed, { size: 32 }),
		DEPOSITOR,
		L1_BLOCK,
		'0x',
		'0x',
		'0x0f4240',
		'0x',
		attributes,
	]
	return concatHex(['0x7e', toRlp(fields)])
}
