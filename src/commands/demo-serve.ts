import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Options } from '../config/options.js'
import type { LogSettings } from '../observability/log.js'
import { Metrics } from '../observability/metrics/metrics.js'
import { startMetricsServer } from '../observability/metrics-server.js'
import { readinessOf } from '../observability/readiness-answer.js'
import { clusterOf } from '../recording/cluster-of.js'
import { generateRecording } from '../recording/generate-recording.js'
import type { Recording } from '../recording/recording.js'
import { startReplay } from '../recording/replay/start-replay.js'
import { Supervisor } from '../supervisor/supervisor.js'
import type { CommandIo } from './command-io.js'
import { DemoCallers } from './demo-callers.js'
import { startRpcThreads } from './start-rpc-threads.js'
import { vigilVersion } from './version.js'

export type DemoServeSettings = Pick<Options, 'rpcAddr' | 'rpcPort' | 'metricsAddr' | 'metricsPort'>

/** A generated cluster of this many blocks a chain takes some 50 MB; at its end the next one begins. */
const BLOCKS = 8 * 3_600
const CHAINS = 2
/** Short, so that every head and every chart moves while one looks at it. */
const L2_BLOCK_SECONDS = 1
const L1_BLOCK_SECONDS = 4
/** One log in 25 executes a message of the other chain, or of an earlier block. */
const EXECUTING_SHARE = 0.04
const L1_POLL_MS = 500
const L1_CACHE_BYTES = 64 << 20

/**
 * The live part of `vigil demo --serve`: supervises generated chains whose blocks come in real time and have the time of
 * day, and calls the RPC server as clients would, until it is told to stop. So lags, rates and latencies are those of a
 * running cluster, which a recording of the past cannot give.
 * @throws RpcStartError, MetricsListenError
 */
export async function serveDemo(
	settings: DemoServeSettings,
	modules: {
		readonly stop: AbortSignal
		readonly io: CommandIo
		readonly log: Logger
		readonly workerLog: LogSettings
	},
): Promise<void> {
	const { io, log, stop } = modules
	const metrics = new Metrics({ version: vigilVersion() })
	let current: Supervisor | undefined
	const readiness = readinessOf({
		read() {
			if (current === undefined) throw new Error('the next cluster is about to begin')
			return current.read()
		},
	})
	const address = { addr: settings.metricsAddr, port: settings.metricsPort }
	const scraped = await startMetricsServer(address, { metrics, readiness, log, version: vigilVersion() })
	try {
		while (!stop.aborted) {
			await superviseLive(settings, liveCluster(), {
				...modules,
				metrics,
				serving(supervisor, rpcAddr) {
					current = supervisor
					metrics.readFrom(supervisor)
					if (supervisor === undefined) return
					io.stdout.write(
						`Live: ${CHAINS} generated chains, a block every second, until you stop it (Ctrl-C).\n` +
							`Status page http://${scraped.addr}/\n` +
							`RPC http://${rpcAddr}  metrics http://${scraped.addr}/metrics  readiness http://${rpcAddr}/readyz\n`,
					)
				},
			})
		}
	} finally {
		await scraped.close()
		metrics.close()
	}
}

/** A cluster whose first block is of now. */
function liveCluster(): Recording {
	const genesisTime = Math.floor(Date.now() / 1_000)
	return generateRecording({
		seed: genesisTime,
		chains: CHAINS,
		blocks: BLOCKS,
		blockTime: L2_BLOCK_SECONDS,
		l1BlockTime: L1_BLOCK_SECONDS,
		executingShare: EXECUTING_SHARE,
		genesisTime,
	})
}

/** Supervises one generated cluster to its end, or until it is told to stop. */
async function superviseLive(
	settings: DemoServeSettings,
	recording: Recording,
	modules: {
		readonly stop: AbortSignal
		readonly log: Logger
		readonly workerLog: LogSettings
		readonly metrics: Metrics
		readonly serving: (supervisor: Supervisor | undefined, rpcAddr: string) => void
	},
): Promise<void> {
	const { log, metrics, serving, stop, workerLog } = modules
	const directory = await mkdtemp(join(tmpdir(), 'vigil-demo-'))
	const closers: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })]
	try {
		const pace = { kind: 'recorded', speed: 1 } as const
		const replay = await startReplay({ recording, pace, withChainRpc: true }, { log })
		closers.push(() => replay.close())
		const chainRpcUrls = replay.nodes.flatMap(({ chainRpcUrl }) => chainRpcUrl ?? [])
		const supervisor = await Supervisor.start(
			{
				cluster: clusterOf(recording),
				nodes: replay.nodes.map(({ url }) => ({ url, jwtSecret: replay.jwtSecret })),
				executionNodes: chainRpcUrls,
				unsafeRoutingNodes: chainRpcUrls,
				l1Gateway: {
					...{ addr: '127.0.0.1', port: 0, beaconUrls: [], version: vigilVersion() },
					...{ trustRpc: false, cacheBytes: L1_CACHE_BYTES },
				},
				l1Urls: [replay.l1Url],
				directory,
				confirmationDepth: recording.confirmationDepth,
				indexThreads: CHAINS,
				verifyBlooms: false,
				workerLog,
				l1PollIntervalMs: L1_POLL_MS,
			},
			{ log, metrics },
		)
		closers.push(() => supervisor.close())
		const rpc = await startRpcThreads(
			{
				server: { addr: settings.rpcAddr, port: settings.rpcPort },
				...{ cluster: clusterOf(recording), directory, log: workerLog },
			},
			{ log, supervisor, metrics },
		)
		closers.push(() => rpc.close())
		const callers = new DemoCallers({
			url: `http://127.0.0.1:${rpc.port}`,
			l1Url: `http://127.0.0.1:${supervisor.l1GatewayPort}`,
			chains: recording.chains.map(({ chainId }) => chainId),
		})
		closers.push(() => callers.close())
		serving(supervisor, rpc.addr)
		await Promise.race([replay.done, aborted(stop)])
	} finally {
		serving(undefined, '')
		for (const close of closers.reverse()) await close()
	}
}

function aborted(signal: AbortSignal): Promise<void> {
	if (signal.aborted) return Promise.resolve()
	return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
