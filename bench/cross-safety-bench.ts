import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Table from 'cli-table3'
import { pino } from 'pino'
import { kernelModule } from '../src/kernel/kernel-module.js'
import { ReceiptsKernel } from '../src/kernel/receipts-kernel.js'
import type { BlockRef } from '../src/protocol/block.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import { clusterOf } from '../src/recording/cluster-of.js'
import { generateRecording } from '../src/recording/generate-recording.js'
import type { Recording } from '../src/recording/recording.js'
import { LinkCheck } from '../src/safety/link-check.js'
import { openLogWriter, openStore, packLogBlock, type Store } from '../src/storage/index.js'
import { chainIdentity } from '../src/supervisor/chain-identity.js'
import { Promoter } from '../src/supervisor/promoter.js'
import type { BenchOptions } from './bench-options.js'
import { machine, machineLine } from './machine.js'

const SHARES = [0, 0.01, 0.1]
const CHAINS = [2, 5]
/** Blocks of all chains together: enough for several rounds of the promoter. */
const BLOCKS = 4_000
const QUICK_BLOCKS = 40

interface PromotionRun {
	readonly chains: number
	readonly executingShare: number
	readonly blocks: number
	readonly messages: number
	/** CPU of the whole process until the last block was cross-unsafe, and from then on cross-safe. */
	readonly unsafeCpuMs: number
	readonly safeCpuMs: number
}

/** Measures promotion alone: everything is sealed, then derived, and the promoter runs to its fixed point. */
export async function crossSafetyBench(options: BenchOptions): Promise<number> {
	const runs: PromotionRun[] = []
	for (const chains of CHAINS) {
		for (const executingShare of SHARES) {
			const blocks = Math.floor((options.quick ? QUICK_BLOCKS : BLOCKS) / chains)
			const recording = generateRecording({
				seed: 1,
				chains,
				blocks,
				logsPerBlock: options.logs,
				executingShare,
			})
			runs.push(await promote(recording, executingShare))
		}
	}
	if (options.json)
		process.stdout.write(`${JSON.stringify({ machine: machine(), logs: options.logs, runs })}\n`)
	else process.stdout.write(promotionTable(runs, options.logs))
	return 0
}

async function promote(recording: Recording, executingShare: number): Promise<PromotionRun> {
	const directory = await mkdtemp(join(tmpdir(), 'vigil-bench-'))
	const log = pino({ level: 'silent' })
	const cluster = clusterOf(recording)
	const store = await openStore(
		{ directory, chains: [...cluster.rollups.values()].map(chainIdentity) },
		{ log },
	)
	try {
		let messages = 0
		let blocks = 0
		for (const chain of recording.chains) {
			const sealed = await sealChain(store, directory, chain)
			messages += sealed.messages
			blocks += sealed.blocks
		}
		const rules = {
			link: new LinkCheck({ chains: cluster.rollups, messageExpiryWindow: cluster.messageExpiryWindow }),
		}
		const unsafeCpuMs = await runToFixedPoint(store, rules, (chainId) =>
			store.read((view) => view.crossUnsafe(chainId)?.number === view.localUnsafe(chainId)?.number),
		)
		for (const chain of recording.chains) await deriveChain(store, recording, chain)
		const safeCpuMs = await runToFixedPoint(store, rules, (chainId) =>
			store.read(
				(view) => view.crossSafeHead(chainId)?.number === view.localSafeHead(chainId)?.derived.number,
			),
		)
		return { chains: recording.chains.length, executingShare, blocks, messages, unsafeCpuMs, safeCpuMs }
	} finally {
		await store.close()
		await rm(directory, { recursive: true, force: true })
	}
}

async function sealChain(store: Store, directory: string, chain: Recording['chains'][number]) {
	const { chainId } = chain
	const writer = openLogWriter({ directory, chainId })
	const [anchor, ...rest] = chain.blocks
	if (anchor === undefined) throw new Error(`the generated chain ${chainId} has no block`)
	await store.startChain(chainId, refOf(anchor.block))
	const kernel = new ReceiptsKernel(kernelModule())
	let messages = 0
	for (let from = 0; from < rest.length; from += 256) {
		const run = rest.slice(from, from + 256).map((entry) => {
			const logs = kernel.scan(chain.receipts(entry), entry.block)
			if (logs === undefined) throw new Error(`block ${entry.block.number}: the kernel refused its receipts`)
			messages += logs.executing.length
			return { ref: refOf(entry.block), logs }
		})
		await writer.writeBatch(run.map(packLogBlock))
		await store.seal(
			chainId,
			run.map(({ ref, logs }) => ({ ...ref, logCount: logs.logCount })),
		)
	}
	await writer.close()
	return { messages, blocks: rest.length }
}

async function deriveChain(
	store: Store,
	recording: Recording,
	chain: Recording['chains'][number],
): Promise<void> {
	const l1 = new Map(recording.l1.map(({ block }) => [block.hash, block]))
	const l2 = new Map(chain.blocks.map(({ block }) => [block.hash, refOf(block)]))
	const links = chain.links.flatMap((link) => {
		const source = l1.get(link.source.hash)
		const derived = l2.get(link.derived.hash)
		return source && derived ? [{ source, derived }] : []
	})
	const [genesis] = recording.l1
	const [anchor] = chain.blocks
	// Recorded links name each block once; a node also tells of each L1 block with the L2 block that it has.
	const steps: typeof links =
		genesis && anchor ? [{ source: genesis.block, derived: refOf(anchor.block) }] : []
	for (const link of links) {
		for (let last = steps.at(-1); last && last.source.number < link.source.number; last = steps.at(-1)) {
			const next = recording.l1[last.source.number + 1 - (genesis?.block.number ?? 0)]?.block
			if (next === undefined) break
			steps.push({ source: next, derived: last.derived })
		}
		steps.push(link)
	}
	await store.appendLinks(chain.chainId, { links: steps })
}

async function runToFixedPoint(
	store: Store,
	rules: ConstructorParameters<typeof Promoter>[0]['rules'],
	isAtHead: (chainId: ChainId) => boolean,
): Promise<number> {
	const chainIds = store.read((view) => view.chainIds)
	const before = process.cpuUsage()
	let settle: () => void = () => {}
	const done = new Promise<void>((resolve) => {
		settle = resolve
	})
	const promoter = new Promoter({
		store,
		rules,
		log: pino({ level: 'silent' }),
		report: () => {
			if (chainIds.every(isAtHead)) settle()
		},
	})
	if (chainIds.every(isAtHead)) settle()
	await done
	const { user, system } = process.cpuUsage(before)
	await promoter.close()
	return (user + system) / 1000
}

function refOf({ hash, number, parentHash, timestamp }: BlockRef): BlockRef {
	return { hash, number, parentHash, timestamp }
}

function promotionTable(runs: readonly PromotionRun[], logs: number): string {
	const table = new Table({
		head: [
			'chains',
			'executing',
			'blocks',
			'messages',
			'cross-unsafe, CPU us a block',
			'cross-safe, CPU us a block',
		],
		style: { head: [], border: [] },
		colAligns: Array.from({ length: 6 }, (): 'right' => 'right'),
	})
	for (const { chains, executingShare, blocks, messages, unsafeCpuMs, safeCpuMs } of runs) {
		const perBlock = (ms: number) => ((ms * 1000) / blocks).toFixed(1)
		table.push([
			`${chains}`,
			`${executingShare * 100} %`,
			`${blocks}`,
			`${messages}`,
			perBlock(unsafeCpuMs),
			perBlock(safeCpuMs),
		])
	}
	return `${machineLine()}promotion alone, in one thread, generated chains of about ${logs} logs a block\n${table.toString()}\n`
}
