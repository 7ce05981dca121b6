import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CountsReport } from '../src/gateway/gateway-counts.js'
import { GatewayThread } from '../src/gateway/gateway-thread.js'
import { L1Feed } from '../src/l1/l1-feed.js'
import { createLogger } from '../src/observability/log.js'
import { type Anvil, startAnvil } from '../test/anvil.js'

/** anvil's first two accounts, which it signs for. */
const FROM = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const CONTRACT = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
/** Logs one topic and 32 bytes whenever it is called. */
const LOGGER = '0x602a60005260aa60206000a1'
/** As much as an ordinary call has. */
const CALL_DATA = `0x${'ab'.repeat(200)}`
const POLL_MS = 50
const CACHE_BYTES = 2 ** 30
const TIMEOUT_MS = 10_000

/** An L1 of anvil's with full blocks, and a gateway over it, as Vigil runs it. */
export class GatewayOverAnvil {
	readonly #anvil: Anvil
	readonly #feed: L1Feed
	readonly #directory: string
	readonly #thread: GatewayThread
	#upstreamCalls = 0
	#fetchedBytes = 0
	#nonce = 0

	static async start(): Promise<GatewayOverAnvil> {
		const anvil = await startAnvil([
			'--slots-in-an-epoch',
			'1',
			'--hardfork',
			'prague',
			'--gas-limit',
			'60000000',
		])
		await anvil.rpc('anvil_setCode', CONTRACT, LOGGER)
		const over = new GatewayOverAnvil(anvil, await mkdtemp(join(tmpdir(), 'vigil-bench-gateway-')))
		await over.#thread.started
		await over.#feed.start()
		return over
	}

	private constructor(anvil: Anvil, directory: string) {
		const settings = { level: 'error', format: 'json', to: 'stderr' } as const
		const log = createLogger(settings)
		this.#anvil = anvil
		this.#directory = directory
		this.#feed = new L1Feed(
			{
				urls: [anvil.httpUrl],
				confirmationDepth: 2,
				pollIntervalMs: POLL_MS,
				finalizedPollIntervalMs: POLL_MS,
			},
			{ log },
		)
		this.#thread = new GatewayThread(
			{
				...{ addr: '127.0.0.1', port: 0, l1Urls: [anvil.httpUrl], beaconUrls: [], trustRpc: false },
				...{ requestTimeoutMs: TIMEOUT_MS, directory, cacheBytes: CACHE_BYTES, version: 'bench' },
				log: settings,
			},
			{ log, feed: this.#feed, count: (counts) => this.#count(counts) },
		)
	}

	get l1Url(): string {
		return this.#anvil.httpUrl
	}

	get gatewayUrl(): string {
		return `http://127.0.0.1:${this.#thread.port}`
	}

	get gatewayPort(): number {
		return this.#thread.port
	}

	/** Mines a block with this many transactions, each with a log. Resolves with its hash and number. */
	async mine(transactions: number): Promise<{ readonly hash: string; readonly number: string }> {
		const sent = Array.from({ length: transactions }, () =>
			this.#anvil.rpc('eth_sendTransaction', {
				...{ from: FROM, to: CONTRACT, gas: '0x186a0', gasPrice: '0x77359400', data: CALL_DATA },
				nonce: `0x${(this.#nonce++).toString(16)}`,
			}),
		)
		await Promise.all(sent)
		await this.#anvil.mine(1)
		const block = (await this.#anvil.rpc('eth_getBlockByNumber', 'latest', false)) as {
			readonly hash: string
			readonly number: string
			readonly transactions: readonly string[]
		}
		if (block.transactions.length !== transactions)
			throw new Error(`anvil mined ${block.transactions.length} of ${transactions} transactions`)
		while (this.#feed.tip?.hash !== block.hash) await once(this.#feed, 'tip')
		return block
	}

	/** What the gateway has asked of L1 so far. Ends the gateway, which tells it with its last words. */
	async end(): Promise<{ readonly upstreamCalls: number; readonly fetchedBytes: number }> {
		await this.#feed.close()
		await this.#thread.close()
		await this.#anvil.stop()
		await rm(this.#directory, { recursive: true, force: true })
		return { upstreamCalls: this.#upstreamCalls, fetchedBytes: this.#fetchedBytes }
	}

	#count({ upstream, fetchedBytes }: CountsReport): void {
		for (const count of Object.values(upstream)) this.#upstreamCalls += count
		this.#fetchedBytes += fetchedBytes
	}
}
