import type { ChainId } from '../protocol/chain-id.js'
import { ZERO_HASH } from '../protocol/hash.js'
import { callRpc, RpcCallError } from './call-rpc.js'

/** Between two rounds of calls. */
const INTERVAL_MS = 200
/** Old enough to be cross-safe in the demo. */
const SUPER_ROOT_AGE_SECONDS = 40

type Call = readonly [method: string, params: readonly unknown[]]

/**
 * Calls the demo's RPC server as a tx pool, a proposer and a monitor would, so that there is something to see of it.
 * Some calls are refused on purpose: an unknown chain, and a message that cannot be.
 */
export class DemoCallers {
	readonly #url: string
	readonly #chains: readonly string[]
	#round = 0
	#timer: NodeJS.Timeout | undefined
	#last: Promise<void> = Promise.resolve()

	constructor(options: { readonly port: number; readonly chains: readonly ChainId[] }) {
		this.#url = `http://127.0.0.1:${options.port}`
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
		for (const [method, params] of this.#calls(round)) {
			try {
				await callRpc(this.#url, method, params)
			} catch (error) {
				// What it answers is shown by its metrics.
				if (!(error instanceof RpcCallError)) throw error
			}
		}
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
		if (round % 5 === 0) calls.push(['supervisor_syncStatus', []])
		if (round % 10 === 0) calls.push(['supervisor_superRootAtTimestamp', [hex(now - SUPER_ROOT_AGE_SECONDS)]])
		if (round % 25 === 0) calls.push(['supervisor_localUnsafe', ['1']])
		if (round % 50 === 0) calls.push(['supervisor_checkAccessList', [[ZERO_HASH], 'unsafe', executing]])
		return calls
	}
}

function hex(value: number): string {
	return `0x${value.toString(16)}`
}
