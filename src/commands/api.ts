import { loadClusterConfig } from '../config/cluster-config.js'
import { readJwtSecret } from '../config/jwt-secret.js'
import type { Options } from '../config/options.js'
import { createLogger } from '../observability/log.js'
import { Metrics } from '../observability/metrics/metrics.js'
import { type MetricsServer, startMetricsServer } from '../observability/metrics-server.js'
import { redactUrl } from '../observability/redact-url.js'
import { startReadOnlyApi } from '../supervisor/read-only-api.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'
import {
	logSettingsOf,
	metricsAddress,
	nodesOf,
	rpcServerOptions,
	type ServerSettings,
} from './run-settings.js'
import { vigilVersion } from './version.js'

export type ApiSettings = ServerSettings &
	Pick<Options, 'l2ExecutionNodes' | 'datadir' | 'dependencySet' | 'rollupConfigPaths' | 'rollupConfigSet'> &
	Partial<Pick<Options, 'l2ConsensusNodes' | 'l2ConsensusJwtSecret'>>

/**
 * `vigil api`: serves the API from the data directory of a running `vigil start` until it is told to stop.
 * @throws ConfigFileError, LogFileError, MetricsListenError, or what startReadOnlyApi throws
 */
export async function apiCommand(settings: ApiSettings, io: CommandIo): Promise<number> {
	const cluster = await loadClusterConfig(settings)
	const { l2ConsensusNodes = [], l2ConsensusJwtSecret = [], rpcAdminSecret, datadir } = settings
	const nodes = await nodesOf({ l2ConsensusNodes, l2ConsensusJwtSecret })
	const adminSecret = rpcAdminSecret === undefined ? undefined : await readJwtSecret(rpcAdminSecret)
	const log = createLogger(logSettingsOf(settings))
	io.useLog(log)
	const stop = io.stopSignal()
	log.info(
		{
			version: vigilVersion(),
			chains: cluster.chains.map(String),
			nodes: nodes.map(({ url }) => redactUrl(url)),
			datadir,
		},
		'Vigil serves its API, read-only',
	)
	const metrics = settings.metricsEnabled ? new Metrics({ version: vigilVersion() }) : undefined
	const server = await startReadOnlyApi(
		{
			...rpcServerOptions(settings, adminSecret),
			cluster,
			directory: datadir,
			nodes,
			executionNodes: settings.l2ExecutionNodes,
		},
		{ log, version: vigilVersion(), ...(metrics === undefined ? {} : { metrics }) },
	)
	let scraped: MetricsServer | undefined
	try {
		const modules = { ...server, log, version: vigilVersion() }
		scraped = metrics && (await startMetricsServer(metricsAddress(settings), { ...modules, metrics }))
		if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
		log.info({ signal: String(stop.reason) }, 'Vigil stops')
	} finally {
		await scraped?.close()
		await server.close()
		metrics?.close()
	}
	return EXIT_OK
}
