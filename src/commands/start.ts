import { startRpcServer } from '../api/rpc-server.js'
import { loadClusterConfig } from '../config/cluster-config.js'
import { readJwtSecret } from '../config/jwt-secret.js'
import type { Options } from '../config/options.js'
import { createLogger } from '../observability/log.js'
import { Supervisor } from '../supervisor/supervisor.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'
import { vigilVersion } from './version.js'

/**
 * `vigil start`: supervises the cluster until it is told to stop. Resolves with the exit code.
 * @throws OptionError, ConfigFileError, RpcListenError, or what openStore throws
 */
export async function startCommand(options: Options, io: CommandIo): Promise<number> {
	const cluster = await loadClusterConfig(options)
	const nodes = await nodesOf(options)
	const format = { level: options.logLevel, format: options.logFormat, to: 'stdout' as const }
	const log = createLogger(format)
	io.useLog(log)
	const stop = io.stopSignal()
	log.info(
		{
			version: vigilVersion(),
			chains: [...cluster.rollups.keys()].map(String),
			nodes: nodes.length,
			urls: [...options.l1Rpc],
			datadir: options.datadir,
			indexThreads: options.indexThreads,
		},
		'Vigil starts',
	)
	const supervisor = await Supervisor.start(
		{
			cluster,
			nodes,
			l1Urls: options.l1Rpc,
			directory: options.datadir,
			confirmationDepth: options.confirmationDepth,
			indexThreads: options.indexThreads,
			verifyBlooms: options.verifyBlooms,
			failsafeOnInvalidation: options.failsafeOnInvalidation,
			workerLog: format,
		},
		{ log },
	)
	try {
		const rpc = await startRpcServer(
			{ addr: options.rpcAddr, port: options.rpcPort },
			{ log, reader: supervisor.reader },
		)
		if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
		log.info({ signal: String(stop.reason) }, 'Vigil stops')
		await rpc.close()
	} finally {
		await supervisor.close()
	}
	log.info('Vigil has stopped')
	return EXIT_OK
}

/** Pairs nodes with their secrets: one secret for all, or one per node, as resolveOptions has made sure. */
async function nodesOf(options: Options): Promise<{ url: string; jwtSecret: Uint8Array }[]> {
	const { l2ConsensusNodes: urls, l2ConsensusJwtSecret: files } = options
	const secrets = await Promise.all(files.map(readJwtSecret))
	const [forAll] = secrets
	return urls.map((url, at) => ({ url, jwtSecret: secrets[at] ?? forAll ?? new Uint8Array() }))
}
