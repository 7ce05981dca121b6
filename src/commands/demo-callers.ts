import type { ChainId } from '../protocol/chain-id.js'
import { ZERO_HASH } from '../protocol/hash.js'
import { isRecord } from '../protocol/record.js'
import { callRpc, RpcCallError } from './call-rpc.js'

/** Between two rounds of calls. */
const INTERVAL_MS = 200
/** Old enough to be cross-safe in the demo. */
const SUPER_ROOT_AGE_SECONDS = 40

const ZERO_ADDRESS = `0x${'00'.repeat(20)}`

type Call = readonly [method: string, params: readonly unknown[]]

/**
 * Calls the demo's RPC server as a tx pool, a proposer, a monitor and a wallet would, and its L1 as nodes would, so
 * that there is something to see of them.
 * Some calls are refused on purpose: an unknown chain, a message that cannot be, and a write to L1.
 */
export class DemoCallers {
	readonly #url: string
	readonly #l1Url: string
	readonly #chains: readonly string[]
	#round = 0
	#timer: NodeJS.Timeout | undefined
	#last: Promise<void> = Promise.resolve()

	constructor(options: {
		readonly url: string
		readonly l1Url: string
		readonly chains: readonly ChainId[]
	}) {
		this.#url = options.url
		this.#l1Url = options.l1Url
		this.#chains = options.chains.map(String)
		this.#timer = setInterval(() => this.#begin(), INTERVAL_MS)
	}

	/** Ends after the calls under way. */
	async close(): Promise<void> {
		clearInterval(this.#timer)
		await this.#last
	}

	#begin(): void {
		this.#last = this.#last.then(() => this.#call(this.#round++))
	}

	async #call(round: number): Promise<void> {
		for (const [method, params] of this.#calls(round)) await tryCall(this.#url, method, params)
		if (round % 5 === 0) await this.#readL1()
		if (round % 25 === 0) await tryCall(this.#l1Url, 'eth_sendRawTransaction', ['0x'])
	}

	/** The newest block, and the one before it, as nodes that follow L1 do. */
	async #readL1(): Promise<void> {
		const newest = await tryCall(this.#l1Url, 'eth_getBlockByNumber', ['latest', false])
		if (!isRecord(newest)) return
		await tryCall(this.#l1Url, 'eth_getBlockByHash', [newest.hash, true])
		await tryCall(this.#l1Url, 'eth_getBlockByHash', [newest.parentHash, false])
	}

	#calls(round: number): Call[] {
		const chain = this.#chains[round % this.#chains.length] ?? ''
		const now = Math.floor(Date.now() / 1_000)
		const executing = { chainID: chain, timestamp: hex(now) }
		const calls: Call[] = [
			['supervisor_checkAccessList', [[], 'cross-unsafe', executing]],
			['supervisor_crossSafe', [chain]],
			['supervisor_localUnsafe', [chain]],
		]
		if (round % 5 === 0) {
			calls.push(['supervisor_syncStatus', []])
			calls.push(['cluster_call', [{ method: 'eth_getBalance', params: [ZERO_ADDRESS], level: 'safe' }]])
		}
		if (round % 10 === 0) calls.push(['supervisor_superRootAtTimestamp', [hex(now - SUPER_ROOT_AGE_SECONDS)]])
		if (round % 25 === 0) calls.push(['supervisor_localUnsafe', ['1']])
		if (round % 50 === 0) calls.push(['supervisor_checkAccessList', [[ZERO_HASH], 'unsafe', executing]])
		return calls
	}
}

/** What it answers, an error as well, is shown by metrics. */
async function tryCall(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
	try {
		return await callRpc(url, method, params)
	} catch (error) {
		if (!(error instanceof RpcCallError)) throw error
		return undefined
	}
}

function hex(value: number): string {
	return `0x${value.toString(16)}`
}
