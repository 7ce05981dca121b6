import type { Logger } from 'pino'
import type { EarlyRpcWorker } from '../api/thread/early-rpc-worker.js'
import { type ClusterConfig, loadClusterConfig } from '../config/cluster-config.js'
import { readJwtSecret } from '../config/jwt-secret.js'
import type { Options } from '../config/options.js'
import { createLogger, type LogSettings } from '../observability/log.js'
import { Metrics } from '../observability/metrics/metrics.js'
import type { MetricsServer, startMetricsServer } from '../observability/metrics-server.js'
import { readinessOf } from '../observability/readiness-answer.js'
import { redactUrl } from '../observability/redact-url.js'
import { fetchSnapshot } from '../snapshot/fetch-snapshot.js'
import { chainIdentity } from '../supervisor/chain-identity.js'
import { checkRetention } from '../supervisor/check-retention.js'
import { Supervisor, type SupervisorOptions } from '../supervisor/supervisor.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'
import { gatewaySettings, logSettingsOf, metricsAddress, nodesOf, rpcServerOptions } from './run-settings.js'
import { checkRpcThreads, newRpcThreads, type RpcSettings } from './start-rpc-threads.js'
import { vigilVersion } from './version.js'

/** Operators, and what runs containers, wait 5 s at least before they kill. */
const STOP_DEADLINE_MS = 4_500

type Node = SupervisorOptions['nodes'][number]

/**
 * `vigil start`: supervises the cluster until it is told to stop. Resolves with the exit code.
 * @param warnings of the settings, for the log
 * @param early the first thread of the RPC server
 * @throws OptionError, ConfigFileError, LogFileError, SyncEndpointError, RpcStartError, GatewayStartError, or what openStore throws
 */
export async function startCommand(
	options: Options,
	warnings: readonly string[],
	io: CommandIo,
	early: EarlyRpcWorker,
): Promise<number> {
	const stop = io.stopSignal()
	const cluster = await loadClusterConfig(options)
	checkRetention(options.retention, cluster.messageExpiryWindow)
	checkRpcThreads(options)
	const nodes = await nodesOf(options)
	const { rpcAdminSecret } = options
	const adminSecret = rpcAdminSecret === undefined ? undefined : await readJwtSecret(rpcAdminSecret)
	const logSettings = logSettingsOf(options)
	const log = createLogger(logSettings)
	io.useLog(log)
	logStart({ options, warnings, cluster, nodes, log })
	const settings = supervisorOptions(options, { cluster, nodes, logSettings })
	const withinDeadline = stopDeadline(stop, { log, io })
	try {
		if (!stop.aborted) await superviseUntil(stop, { options, settings, adminSecret, log, early })
	} finally {
		withinDeadline()
	}
	log.info('Vigil has stopped')
	return EXIT_OK
}

async function superviseUntil(
	stop: AbortSignal,
	{
		options,
		settings,
		adminSecret,
		log,
		early,
	}: {
		readonly options: Options
		readonly settings: SupervisorOptions
		readonly adminSecret: Uint8Array | undefined
		readonly log: Logger
		readonly early: EarlyRpcWorker
	},
): Promise<void> {
	await syncDatadir(stop, { options, settings, log })
	if (stop.aborted) return
	const metrics = options.metricsEnabled ? new Metrics({ version: vigilVersion() }) : undefined
	const counting = metrics === undefined ? {} : { metrics }
	// While the supervisor starts, these load their code.
	const rpc = newRpcThreads({ log, ...counting }, options.rpcThreads, early)
	const servers: { close(): Promise<void> }[] = [rpc]
	let supervisor: Supervisor | undefined
	try {
		supervisor = await Supervisor.start(settings, { log, ...counting })
		if (stop.aborted) return
		const common = { log, version: vigilVersion(), readiness: readinessOf(supervisor) }
		if (metrics !== undefined) {
			metrics.readFrom(supervisor)
			servers.push(await startMetrics(options, { metrics, ...common }))
		}
		const served = { ...rpcSettings(options, settings, adminSecret), version: vigilVersion() }
		await rpc.serve(served, { ...supervisor.api, ...common })
		if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
	} finally {
		await Promise.all(servers.map((server) => server.close()))
		await supervisor?.close()
		metrics?.close()
	}
}

/** Its code takes a while to load, and is left where it is without metrics. */
async function startMetrics(
	options: Options,
	modules: Parameters<typeof startMetricsServer>[1],
): Promise<MetricsServer> {
	const { startMetricsServer } = await import('../observability/metrics-server.js')
	return startMetricsServer(metricsAddress(options), modules)
}

function rpcSettings(
	options: Options,
	{ cluster, workerLog }: SupervisorOptions,
	adminSecret: Uint8Array | undefined,
): RpcSettings {
	return {
		...{ cluster, directory: options.datadir, log: workerLog },
		server: rpcServerOptions(options, adminSecret),
		...(options.snapshotServe ? { snapshotMaxAgeMs: options.snapshotMaxAge } : {}),
	}
}

/** Fills an empty data directory from another Vigil, if there is one to do so. Ends early if it is told to stop. */
async function syncDatadir(
	signal: AbortSignal,
	{
		options,
		settings,
		log,
	}: { readonly options: Options; readonly settings: SupervisorOptions; readonly log: Logger },
): Promise<void> {
	const { datadir: directory, datadirSyncEndpoint: endpoint } = options
	if (endpoint === undefined) return
	const chains = [...settings.cluster.rollups.values()].map(chainIdentity)
	try {
		await fetchSnapshot({ endpoint, directory, chains }, { log, signal })
	} catch (error) {
		if (!signal.aborted) throw error
	}
}

/**
 * Ends the process if it is still there so long after it was told to stop. Nothing is lost by that, as nothing is by
 * kill -9. Returns what to call when it has stopped by itself.
 */
function stopDeadline(stop: AbortSignal, { log, io }: { readonly log: Logger; readonly io: CommandIo }) {
	let deadline: NodeJS.Timeout | undefined
	const begin = () => {
		log.info({ signal: String(stop.reason) }, 'Vigil stops')
		deadline = setTimeout(() => {
			log.error(
				{ waitedMs: STOP_DEADLINE_MS, open: process.getActiveResourcesInfo() },
				'Vigil did not stop in time and is ended; what was acknowledged is on disk',
			)
			io.exit(EXIT_OK)
		}, STOP_DEADLINE_MS)
	}
	if (stop.aborted) begin()
	else stop.addEventListener('abort', begin, { once: true })
	return () => {
		stop.removeEventListener('abort', begin)
		clearTimeout(deadline)
	}
}

/** One line with all that an operator wants to know of this run first, and one for each doubt. */
function logStart({
	options,
	warnings,
	cluster,
	nodes,
	log,
}: {
	readonly options: Options
	readonly warnings: readonly string[]
	readonly cluster: ClusterConfig
	readonly nodes: readonly Node[]
	readonly log: Logger
}): void {
	log.info(
		{
			version: vigilVersion(),
			node: process.version,
			chains: [...cluster.rollups.keys()].map(String),
			nodes: nodes.map(({ url }) => redactUrl(url)),
			...(options.l2ExecutionNodes.length === 0
				? {}
				: { executionNodes: options.l2ExecutionNodes.map(redactUrl) }),
			l1: options.l1Rpc.map(redactUrl),
			datadir: options.datadir,
			rpc: `${options.rpcAddr}:${options.rpcPort}`,
			...(options.l1GatewayEnabled ? { l1Gateway: `${options.l1GatewayAddr}:${options.l1GatewayPort}` } : {}),
			indexThreads: options.indexThreads,
			confirmationDepth: options.confirmationDepth,
		},
		'Vigil starts',
	)
	for (const warning of warnings) log.warn(warning)
}

function supervisorOptions(
	options: Options,
	parts: {
		readonly cluster: ClusterConfig
		readonly nodes: readonly Node[]
		readonly logSettings: LogSettings
	},
): SupervisorOptions {
	return {
		cluster: parts.cluster,
		nodes: parts.nodes,
		workerLog: parts.logSettings,
		l1Urls: options.l1Rpc,
		executionNodes: options.l2ExecutionNodes,
		unsafeRoutingNodes: options.unsafeRouting ? options.unsafeRoutingNodes : [],
		directory: options.datadir,
		confirmationDepth: options.confirmationDepth,
		indexThreads: options.indexThreads,
		verifyBlooms: options.verifyBlooms,
		failsafeEnabled: options.failsafeEnabled,
		failsafeOnInvalidation: options.failsafeOnInvalidation,
		l1PollIntervalMs: options.l1PollInterval,
		l1FinalizedPollIntervalMs: options.l1FinalizedPollInterval,
		l1RequestTimeoutMs: options.l1RequestTimeout,
		silenceMs: options.nodeSilence,
		...(options.l1GatewayEnabled ? { l1Gateway: gatewaySettings(options) } : {}),
		...(options.retention === undefined
			? {}
			: { retention: { retention: Math.floor(options.retention / 1_000) } }),
	}
}
