import type { RpcServerOptions } from '../api/rpc-server.js'
import { readJwtSecret } from '../config/jwt-secret.js'
import type { OptionName, Options } from '../config/options.js'
import type { GatewaySettings } from '../gateway/gateway-thread.js'
import type { LogSettings } from '../observability/log.js'
import type { NodeAddress } from '../supervisor/operator.js'
import { vigilVersion } from './version.js'

/** Settings of every process that serves the API, `vigil start` and `vigil api`. */
export const SERVER_SETTINGS = [
	'rpcAddr',
	'rpcPort',
	'rpcCorsOrigins',
	'rpcVhosts',
	'rpcEnableAdmin',
	'rpcAdminSecret',
	'rpcMaxBodyBytes',
	'rpcMaxBatchSize',
	'rpcMaxConnections',
	'metricsEnabled',
	'metricsAddr',
	'metricsPort',
	'logLevel',
	'logFormat',
	'logColor',
	'logPid',
	'logQuiet',
	'logFileDirectory',
	'logFileFormat',
	'logFileRotation',
] as const satisfies readonly OptionName[]

export type ServerSettings = Pick<Options, (typeof SERVER_SETTINGS)[number]>

export function logSettingsOf(options: ServerSettings): LogSettings {
	const { logColor: color, logFileDirectory: directory } = options
	return {
		level: options.logLevel,
		format: options.logFormat,
		pid: options.logPid,
		quiet: options.logQuiet,
		to: 'stdout',
		...(color === undefined ? {} : { color }),
		...(directory === undefined
			? {}
			: { file: { directory, format: options.logFileFormat, rotation: options.logFileRotation } }),
	}
}

/** Where metrics are served, if they are. */
export function metricsAddress({ metricsAddr, metricsPort }: ServerSettings) {
	return { addr: metricsAddr, port: metricsPort }
}

/** @param adminSecret read from the file that the settings name */
export function rpcServerOptions(
	options: ServerSettings,
	adminSecret: Uint8Array | undefined,
): RpcServerOptions {
	const admin = adminSecret === undefined ? {} : { jwtSecret: adminSecret }
	return {
		addr: options.rpcAddr,
		port: options.rpcPort,
		corsOrigins: options.rpcCorsOrigins,
		...(options.rpcVhosts === undefined ? {} : { vhosts: options.rpcVhosts }),
		...(options.rpcEnableAdmin ? { admin } : {}),
		limits: {
			bodyBytes: options.rpcMaxBodyBytes,
			batchRequests: options.rpcMaxBatchSize,
			connections: options.rpcMaxConnections,
		},
	}
}

/** The L1 gateway as an operator wants it. */
export function gatewaySettings(options: Options): GatewaySettings {
	return {
		addr: options.l1GatewayAddr,
		port: options.l1GatewayPort,
		beaconUrls: options.l1GatewayBeacon ?? [],
		trustRpc: options.l1GatewayTrustRpc,
		cacheBytes: options.l1GatewayCacheSize,
		version: vigilVersion(),
	}
}

/** Pairs nodes with their secrets: one secret for all, or one per node, as resolveOptions has made sure. */
export async function nodesOf(
	options: Pick<Options, 'l2ConsensusNodes' | 'l2ConsensusJwtSecret'>,
): Promise<NodeAddress[]> {
	const { l2ConsensusNodes: urls, l2ConsensusJwtSecret: files } = options
	const secrets = await Promise.all(files.map(readJwtSecret))
	const [forAll] = secrets
	return urls.map((url, at) => ({ url, jwtSecret: secrets[at] ?? forAll ?? new Uint8Array() }))
}
