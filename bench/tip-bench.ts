import Table from 'cli-table3'
import type { BenchOptions } from './bench-options.js'
import { FakeCluster } from './fake-cluster.js'
import { HeadWatch } from './head-watch.js'
import { machine, machineLine } from './machine.js'
import { startVigil } from './start-vigil.js'

/** A block of each chain this often. */
const BLOCK_INTERVAL_MS = 200
/** Generated blocks are this far apart; the replay runs faster by the ratio. */
const BLOCK_TIME_MS = 2_000
/** The fake node's reset and the first tasks of the threads are no part of life at the tip. */
const SKIPPED_BLOCKS = 10
const DEFAULT_BLOCKS = 150
const QUICK_BLOCKS = 25
/** Beyond the time that the blocks take to appear. */
const GRACE_MS = 30_000

interface Delays {
	readonly count: number
	readonly p50: number
	readonly p99: number
	readonly max: number
}

interface TipDelays {
	/** From the event that announces a block to its seal. */
	readonly announcedToSealed: Delays
	/** From the seal to the moment that the cross-unsafe head is stored; nodes have been told of it before. */
	readonly sealedToCrossUnsafe: Delays
}

/** Measures the way of a block at the tip, while one comes each 200 ms. Returns the exit code. */
export async function tipBench(options: BenchOptions): Promise<number> {
	const { chains, logs, threads, latency, json, quick } = options
	const blocks = quick ? QUICK_BLOCKS : Math.min(options.blocks, DEFAULT_BLOCKS)
	const fakes = await FakeCluster.start({ kind: 'generated', chains, blocks, logs })
	try {
		const delays = await sealDelays(fakes, { threads, latencyMs: latency, blocks })
		if (json)
			process.stdout.write(`${JSON.stringify({ machine: machine(), latencyMs: latency, ...delays })}\n`)
		else process.stdout.write(tipTable(delays, options))
		return 0
	} catch (error) {
		process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`)
		return 1
	} finally {
		fakes.close()
	}
}

async function sealDelays(
	fakes: FakeCluster,
	options: { readonly threads: number; readonly latencyMs: number; readonly blocks: number },
): Promise<TipDelays> {
	const speed = BLOCK_TIME_MS / BLOCK_INTERVAL_MS
	const served = await fakes.replay({
		pace: { kind: 'recorded', speed },
		latencyMs: options.latencyMs,
	})
	const vigil = await startVigil(fakes.loaded, served, options)
	try {
		const sealed = new Map<string, bigint>()
		vigil.supervisor.on('sealed', (chainId, _head, run) => {
			const now = process.hrtime.bigint()
			for (const block of run) sealed.set(`${chainId}/${block.number}`, now)
		})
		const promoted = new Map<string, bigint>()
		vigil.supervisor.on('promoted', (chainIds) => {
			const now = process.hrtime.bigint()
			const { chains } = vigil.supervisor.reader.syncStatus()
			for (const chainId of chainIds) {
				const key = `${chainId}/${chains.get(chainId)?.crossUnsafe.number}`
				if (!promoted.has(key)) promoted.set(key, now)
			}
		})
		const timeoutMs = options.blocks * BLOCK_INTERVAL_MS + GRACE_MS
		await new HeadWatch(vigil.supervisor, fakes.loaded.heads, timeoutMs).done
		const { notes } = await fakes.news()
		const counted = notes.filter(({ kind, number }) => kind === 'unsafeBlock' && number > SKIPPED_BLOCKS)
		const keyOf = (block: { readonly chainId: unknown; readonly number: number }) =>
			`${block.chainId}/${block.number}`
		return {
			announcedToSealed: describe(counted.map((block) => [block.ns, sealed.get(keyOf(block))])),
			sealedToCrossUnsafe: describe(
				counted.map((block) => [sealed.get(keyOf(block)), promoted.get(keyOf(block))]),
			),
		}
	} finally {
		await vigil.end()
	}
}

/** Blocks that were passed over, because the next one came with them, have no time of their own. */
function describe(spans: readonly (readonly [bigint | undefined, bigint | undefined])[]): Delays {
	const delays = spans
		.flatMap(([from, to]) => (from === undefined || to === undefined ? [] : [Number(to - from) / 1e6]))
		.sort((a, b) => a - b)
	const share = (part: number) => delays[Math.floor(part * (delays.length - 1))] ?? Number.NaN
	return { count: delays.length, p50: share(0.5), p99: share(0.99), max: share(1) }
}

function tipTable(delays: TipDelays, { chains, logs, latency }: BenchOptions): string {
	const table = new Table({
		head: ['', 'blocks', 'p50', 'p99', 'max'],
		style: { head: [], border: [] },
		colAligns: ['left', 'right', 'right', 'right', 'right'],
	})
	const row = (name: string, { count, p50, p99, max }: Delays) =>
		table.push([name, `${count}`, ...[p50, p99, max].map((ms) => `${ms.toFixed(1)} ms`)])
	row('unsafeBlock sent until sealed', delays.announcedToSealed)
	row('sealed until cross-unsafe is stored', delays.sealedToCrossUnsafe)
	return (
		`${machineLine()}${chains} chains, a block of about ${logs} logs each ${BLOCK_INTERVAL_MS} ms, ` +
		`${latency} ms added to each answer\n${table.toString()}\n`
	)
}
