import type { Logger } from 'pino'
import { Dispatcher } from '../api/dispatcher.js'
import { addHttpRoutes } from '../api/http-routes.js'
import { closeServer, listen, newServer } from '../api/http-server.js'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from '../api/rpc-limits.js'
import { parseQuantity } from '../l1/parse-l1-header.js'
import { Flights } from '../node/flights.js'
import { L1Cache } from '../storage/index.js'
import { Beacon } from './beacon.js'
import { CanonicalView, type CanonicalViewModules } from './canonical-view.js'
import { UpstreamCallError } from './errors.js'
import { type CountsReport, GatewayCounts } from './gateway-counts.js'
import type { GatewayWorkerData, ViewChange } from './gateway-messages.js'
import { GATEWAY_METHODS, type GatewayContext } from './gateway-methods.js'
import { KeptObjects } from './kept-objects.js'
import { L1Objects } from './l1-objects.js'
import { SafeLabel } from './safe-label.js'
import { Upstreams } from './upstreams.js'

/** op-node has 10 calls under way; the nodes of a cluster may share one address. */
const LIMITS: RpcLimits = { ...DEFAULT_RPC_LIMITS, waitingPerClient: 2_048 }

export type GatewayOptions = Omit<GatewayWorkerData, 'log' | 'figures'>

export interface GatewayModules extends CanonicalViewModules {
	readonly log: Logger
}

/** The L1 gateway: JSON-RPC at `POST /`, the beacon API below `/eth/v1/`, on one port. What its thread is a shell of. */
export class GatewayServer {
	readonly #view: CanonicalView
	readonly #counts = new GatewayCounts()
	readonly #cache: L1Cache
	readonly #upstreams: Upstreams
	readonly #beacon: Beacon
	readonly #app = newServer(LIMITS)
	readonly #options: GatewayOptions
	readonly #log: Logger

	/** Opens the cache; `listen` makes it reachable. @throws what LMDB throws if there is no cache to be had */
	constructor(options: GatewayOptions, { log, blockAt }: GatewayModules) {
		const { directory, cacheBytes, l1Urls, beaconUrls, requestTimeoutMs, trustRpc, version } = options
		this.#options = options
		this.#log = log
		const counts = this.#counts
		const cache = L1Cache.open({ directory, maxBytes: cacheBytes }, { log })
		const upstreams = new Upstreams({ urls: l1Urls, timeoutMs: requestTimeoutMs }, { log, counts })
		const kept = new KeptObjects({ log, cache, counts })
		const view = new CanonicalView({ blockAt })
		this.#cache = cache
		this.#upstreams = upstreams
		this.#view = view
		this.#beacon = new Beacon({ urls: beaconUrls, timeoutMs: requestTimeoutMs }, { log, kept, counts })
		const context: GatewayContext & { readonly log: Logger } = {
			...{ log, view, upstreams, version },
			safe: new SafeLabel({ view, upstreams }),
			objects: new L1Objects({ trustRpc }, { kept, upstreams }),
			flights: new Flights(),
			chainId: chainIdOf(options, upstreams),
		}
		const rpc = {
			requests: {
				inc: ({ method, code }: { method: string; code: string | number }) => counts.request(method, code),
			},
			seconds: { observe: () => {} },
		}
		const dispatcher = new Dispatcher<GatewayContext>(
			{
				methods: GATEWAY_METHODS,
				batchLimit: LIMITS.batchRequests,
				batchAnswerBytes: LIMITS.batchAnswerBytes,
				waitingLimit: LIMITS.waitingPerClient,
			},
			{ ...context, metrics: { rpc } },
		)
		this.#app.addHook('onSend', (_request, _reply, payload, done) => {
			if (typeof payload === 'string' || payload instanceof Uint8Array) counts.servedBytes += payload.length
			done(null, payload)
		})
		addHttpRoutes(this.#app, { limits: LIMITS }, { log, dispatcher, version })
		this.#beacon.addRoutes(this.#app)
	}

	/** Resolves with where it listens, as `host:port`, and the port. @throws RpcListenError */
	async listen(): Promise<{ readonly addr: string; readonly port: number }> {
		const bound = await listen(this.#app, this.#options, { name: 'L1 gateway', flags: '--l1-gateway' })
		this.#log.info({ addr: bound.addr }, 'L1 gateway bound to address')
		return bound
	}

	apply(change: ViewChange): void {
		this.#view.apply(change)
	}

	/** What has happened since the last call. */
	takeCounts(): CountsReport {
		return this.#counts.take(this.#cache.bytes)
	}

	async close(): Promise<void> {
		this.#upstreams.close()
		this.#beacon.close()
		await closeServer(this.#app)
		await this.#cache.close()
	}
}

/** As configured, or what the first upstream that answers says; that is asked once. */
function chainIdOf({ chainId }: GatewayOptions, upstreams: Upstreams): () => Promise<bigint> {
	let known: Promise<bigint> | undefined = chainId === undefined ? undefined : Promise.resolve(chainId)
	const ask = async () => {
		const found = await upstreams.ask('eth_chainId', [], (answer) =>
			parseQuantity(answer, 'result', 'eth_chainId'),
		)
		if (found === undefined) throw new UpstreamCallError('eth_chainId', 'no L1 endpoint tells it')
		return found
	}
	return () => {
		known ??= ask().catch((error: unknown) => {
			known = undefined
			throw error
		})
		return known
	}
}
