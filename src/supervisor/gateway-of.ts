import type { Logger } from 'pino'
import type { ClusterConfig } from '../config/cluster-config.js'
import { GatewayThread } from '../gateway/gateway-thread.js'
import type { L1Feed } from '../l1/l1-feed.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import { redactUrl } from '../observability/redact-url.js'
import { countGateway, threadFigures } from './count-events.js'
import type { SupervisorOptions } from './supervisor-options.js'

/** As `--l1.request-timeout` without it. */
const REQUEST_TIMEOUT_MS = 5_000

export interface GatewayModules {
	readonly log: Logger
	readonly feed: L1Feed
	readonly metrics?: Metrics
}

/** The L1 gateway over the supervisor's own L1, if one is wanted. */
export function gatewayOf(
	options: SupervisorOptions,
	{ log, feed, metrics }: GatewayModules,
): GatewayThread | undefined {
	const { l1Gateway: settings, l1Urls, directory, workerLog } = options
	if (settings === undefined) return undefined
	const chainId = l1ChainIdOf(options.cluster)
	// From none to one is an increase, of which an alert tells, only if there was a none.
	for (const url of [...l1Urls, ...settings.beaconUrls])
		metrics?.l1Gateway.upstreamCalls.inc({ upstream: redactUrl(url), outcome: 'wrong' }, 0)
	return new GatewayThread(
		{
			...{ ...settings, l1Urls, directory, log: workerLog },
			requestTimeoutMs: options.l1RequestTimeoutMs ?? REQUEST_TIMEOUT_MS,
			...(chainId === undefined ? {} : { chainId }),
			...(metrics === undefined ? {} : { figures: threadFigures(metrics, 'l1-gateway') }),
		},
		{ log, feed, ...(metrics === undefined ? {} : { count: (counts) => countGateway(metrics, counts) }) },
	)
}

/** L1's chain ID, if a rollup config names it. */
export function l1ChainIdOf({ rollups }: ClusterConfig): bigint | undefined {
	return [...rollups.values()].find((rollup) => rollup.l1ChainId !== undefined)?.l1ChainId
}
