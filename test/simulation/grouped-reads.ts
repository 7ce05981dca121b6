import { setTimeout as sleep } from 'node:timers/promises'
import type { Cut, ReadLevel } from '../../src/api/cluster-reads.js'
import { ExecutionNodes } from '../../src/execution/execution-nodes.js'
import { DataCorruptionError, ProtocolError } from '../../src/protocol/errors.js'
import { Random } from '../../src/recording/generate/random.js'
import type { Reader } from '../../src/storage/index.js'
import { ClusterReader } from '../../src/supervisor/cluster-reader.js'
import type { Rollups } from '../../src/supervisor/super-root-view.js'
import { ExecutionServer, type ReceivedCall, result } from '../execution/execution-server.js'
import { LogCapture } from '../supervisor/log-capture.js'
import type { L1Script } from './l1-script.js'
import type { L1Block, SimulatedWorld } from './world.js'

const LEVELS: readonly ReadLevel[] = ['unsafe', 'cross-unsafe', 'local-safe', 'safe', 'finalized']
/** An execution node answers after up to so long: time for chains to be cut between question and answer. */
const MAX_LATENCY_MS = 30
const PAUSE_MS = 5

export interface GroupedReadsOptions {
	readonly world: SimulatedWorld
	readonly script: L1Script
	readonly rollups: Rollups
	readonly store: Reader
	readonly onWrong: (what: string) => void
}

/**
 * Reads all chains again and again while the cluster lives, and checks every answer: its cut did exist, each chain was
 * asked at exactly its block, and what is cross-safe at an L1 block is what that L1 block shows (docs/cluster-reads.md).
 */
export class GroupedReads {
	/** Answers that were checked. */
	answers = 0
	readonly #options: GroupedReadsOptions
	readonly #random: Random
	readonly #l1 = new Map<string, L1Block>()
	#isOver = false

	constructor(options: GroupedReadsOptions) {
		this.#options = options
		this.#random = new Random(options.world.shape.seed, 0x9e)
		for (const { blocks } of options.script.steps)
			for (const block of blocks) this.#l1.set(block.ref.hash, block)
	}

	/** Reads until it is stopped. */
	async run(): Promise<void> {
		const { world, store, rollups, onWrong } = this.#options
		const servers: ExecutionServer[] = []
		for (const { chainId } of world.chains)
			servers.push(
				await new ExecutionServer(Number(chainId), (call, response) => this.#echo(call, response)).listen(),
			)
		const execution = new ExecutionNodes(
			{ addresses: servers.map(({ url }) => url), chains: [...rollups.keys()] },
			{ log: new LogCapture().log },
		)
		const outputs = { output: () => Promise.reject(new Error('outputs are not read here')) }
		const reader = new ClusterReader({ store, rollups, outputs, execution })
		try {
			while (!this.#isOver) {
				await this.#read(reader).catch((error: unknown) => {
					// A chain is not so far, or did not stand still: that is an answer, too.
					if (!(error instanceof ProtocolError) || error instanceof DataCorruptionError)
						onWrong(`a grouped read fails: ${error}`)
				})
				await sleep(PAUSE_MS)
			}
		} finally {
			await execution.close()
			for (const server of servers) await server.stop()
		}
	}

	stop(): void {
		this.#isOver = true
	}

	async #read(reader: ClusterReader): Promise<void> {
		const { onWrong, world } = this.#options
		const level = LEVELS[this.#random.below(LEVELS.length)] ?? 'safe'
		const call = { method: 'eth_getBalance', params: ['0x01'], at: { level }, isStrict: false }
		const { cut, chains } = await reader.call(call)
		if (this.#isOver) return
		this.answers++
		for (const [chainId, answer] of chains) {
			const hash = cut.chains.get(chainId)?.hash
			if (!('result' in answer)) onWrong(`grouped ${level}: chain ${chainId}: ${answer.error.message}`)
			else if (answer.result !== hash)
				onWrong(`grouped ${level}: chain ${chainId} was asked at ${answer.result}, not ${hash}`)
		}
		for (const [chainId, { hash }] of cut.chains)
			if (world.find(hash)?.chain.chainId !== chainId)
				onWrong(`grouped ${level}: chain ${chainId} has no block ${hash}`)
		if (level === 'safe' || level === 'finalized') this.#compareWithL1(cut)
	}

	#compareWithL1({ level, l1, chains }: Cut): void {
		const { onWrong, world } = this.#options
		const block = l1 && this.#l1.get(l1.hash)
		if (block === undefined) onWrong(`grouped ${level}: there is no L1 block ${l1?.number} ${l1?.hash}`)
		for (const chain of block === undefined ? [] : world.chains) {
			const expected = block?.state.of(chain).settled.at(-1)?.block
			const found = chains.get(chain.chainId)
			if (found?.hash !== expected?.ref.hash)
				onWrong(
					`grouped ${level}: at L1 block ${l1?.number} chain ${chain.letter} is at ${found && world.find(found.hash)?.name}, must be ${expected?.name}`,
				)
		}
	}

	#echo(call: ReceivedCall, response: Parameters<ReturnType<typeof result>>[1]): void {
		const pinned = call.params[1] as { readonly blockHash?: string } | undefined
		const answer = () => result(pinned?.blockHash ?? null)(call, response)
		setTimeout(answer, this.#random.below(MAX_LATENCY_MS))
	}
}
