import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readJwtSecret } from '../config/jwt-secret.js'
import { createLogger } from '../observability/log.js'
import { loadRecording } from '../recording/load-recording.js'
import type { Recording } from '../recording/recording.js'
import type { ReplayEvents } from '../recording/replay/node-service.js'
import { type Replay, startReplay } from '../recording/replay/start-replay.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'

const JWT_SECRET_BYTES = 32

export interface ReplayOptions {
	/** The recording. */
	readonly file: string
	/** How many times faster than recorded; `asap`: without waiting. */
	readonly pace: number | 'asap'
	/** Added to every answer. */
	readonly latencyMs: number
	/** How the nodes give their events. */
	readonly events?: ReplayEvents
	/** 0 or left out: a free port. */
	readonly l1Port?: number
	/** In the order of the recording's chains. */
	readonly nodePorts?: readonly number[]
	/** The JWT secret of the nodes: read if the file is there, else written. Absent: a temporary file. */
	readonly jwtSecretFile?: string
}

/** Files that `vigil start` needs to supervise a replayed cluster. */
interface ClusterFiles {
	readonly jwtSecret: string
	readonly dependencySet: string
	readonly rollupConfigs: string
}

/**
 * `vigil replay FILE`: serves a recording as an L1 and managed nodes until it is told to stop, and says how to
 * point Vigil at them. Resolves with the exit code.
 * @throws RecordingError, ConfigFileError for the secret, errors of the sockets (a port in use).
 */
export async function replayCommand(options: ReplayOptions, io: CommandIo): Promise<number> {
	const stop = io.stopSignal()
	const log = createLogger({ level: 'info', format: 'pretty', to: 'stderr' })
	io.useLog(log)
	const recording = await loadRecording(options.file)
	const folder = await mkdtemp(join(tmpdir(), 'vigil-replay-'))
	try {
		const files = await writeClusterFiles(recording, folder, options)
		const replay = await startReplay(
			{
				recording,
				pace: options.pace === 'asap' ? { kind: 'asap' } : { kind: 'recorded', speed: options.pace },
				latencyMs: options.latencyMs,
				events: options.events ?? 'pushed',
				ports: { l1: options.l1Port ?? 0, nodes: options.nodePorts ?? [] },
				jwtSecret: Buffer.from(await readJwtSecret(files.jwtSecret)),
			},
			{ log },
		)
		io.stdout.write(instructions(recording, replay, files))
		void replay.done.then(() => log.info('everything recorded has been released; serving on until stopped'))
		await aborted(stop)
		await replay.close()
	} finally {
		await rm(folder, { recursive: true, force: true })
	}
	return EXIT_OK
}

async function writeClusterFiles(
	recording: Recording,
	folder: string,
	{ jwtSecretFile }: ReplayOptions,
): Promise<ClusterFiles> {
	const files: ClusterFiles = {
		jwtSecret: resolve(jwtSecretFile ?? join(folder, 'jwt.txt')),
		dependencySet: join(folder, 'dependency-set.json'),
		rollupConfigs: join(folder, 'rollup-*.json'),
	}
	if (!existsSync(files.jwtSecret)) {
		await writeFile(files.jwtSecret, `${randomBytes(JWT_SECRET_BYTES).toString('hex')}\n`, { mode: 0o600 })
	}
	await writeFile(files.dependencySet, JSON.stringify(recording.dependencySet))
	for (const { chainId, rollup } of recording.chains) {
		await writeFile(join(folder, `rollup-${chainId}.json`), JSON.stringify(rollup))
	}
	return files
}

function instructions(recording: Recording, replay: Replay, files: ClusterFiles): string {
	const nodes = replay.nodes.map(({ chainId, url }) => `chain ${chainId}: ${url}`)
	const command = [
		'vigil start',
		`--l1-rpc=${replay.l1Url}`,
		`--l2-consensus.nodes=${replay.nodes.map(({ url }) => url).join(',')}`,
		`--l2-consensus.jwt-secret=${files.jwtSecret}`,
		`--dependency-set=${files.dependencySet}`,
		`--rollup-config-paths='${files.rollupConfigs}'`,
		`--confirmation-depth=${recording.confirmationDepth}`,
		'--datadir=./vigil-replay',
	]
	return [
		`recording: ${recording.name}`,
		`L1: ${replay.l1Url} (${replay.l1WsUrl})`,
		...nodes,
		`JWT secret: ${files.jwtSecret}`,
		'',
		command.join(' \\\n  '),
		'',
		'',
	].join('\n')
}

function aborted(signal: AbortSignal): Promise<void> {
	if (signal.aborted) return Promise.resolve()
	return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
