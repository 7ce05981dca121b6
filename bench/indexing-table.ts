import Table from 'cli-table3'
import type { IndexingRun } from './indexing-run.js'
import { machineLine } from './machine.js'

const NAMES = { localSafe: 'local-safe', crossUnsafe: 'cross-unsafe', crossSafe: 'cross-safe' } as const

/** The runs side by side, for people. */
export function indexingTable(
	runs: readonly IndexingRun[],
	options: { readonly threads: number; readonly latency: number },
): string {
	const table = new Table({
		head: ['', ...runs.map((run) => `${run.name}: ${run.chains} chains, ${run.blocks} blocks`)],
		style: { head: [], border: [] },
		colAligns: ['left', ...runs.map((): 'right' => 'right')],
	})
	const row = (name: string, value: (run: IndexingRun) => string) =>
		table.push([name, ...runs.map((run) => value(run))])
	row('local-unsafe reached after', ({ reachedMs }) => `${(reachedMs.localUnsafe / 1000).toFixed(2)} s`)
	for (const level of ['localSafe', 'crossUnsafe', 'crossSafe'] as const) {
		row(`  ${NAMES[level]}, and beside local-unsafe`, ({ reachedMs }) => {
			const ratio = reachedMs[level] / reachedMs.localUnsafe
			return `${(reachedMs[level] / 1000).toFixed(2)} s, ${ratio.toFixed(2)}`
		})
	}
	row('blocks/s', (run) => perSecond(run.blocks, run))
	row('logs/s', (run) => perSecond(run.logs, run))
	row('receipts MB/s', (run) => perSecond(run.timings.receiptBytes / 1e6, run))
	row('CPU', (run) => `${(run.cost.cpuMs / 1000).toFixed(2)} s`)
	row('CPU a block', (run) => `${(run.cost.cpuMs / run.blocks).toFixed(3)} ms`)
	row('CPU a block, second half of the blocks', (run) =>
		run.steadyCpuMsPerBlock === undefined ? '-' : `${run.steadyCpuMsPerBlock.toFixed(3)} ms`,
	)
	row('  main thread', (run) => perBlock(run.cost.threadMs.main, run))
	row('  index threads', (run) => perBlock(sum(run.cost.threadMs.workers), run))
	row('  all others: cross-safety, compiler, garbage collector, disk', (run) =>
		perBlock(run.cost.threadMs.rest, run),
	)
	row('by the clock of the index threads: decode (parse and hash)', (run) =>
		perBlock(run.timings.decodeMs, run),
	)
	row('  pack', (run) => perBlock(run.timings.packMs, run))
	row('  write, with waits for the disk', (run) => perBlock(run.timings.writeMs, run))
	row(
		'  fetch: waits for answers and for other ranges',
		({ timings }) =>
			`${((timings.totalMs - timings.decodeMs - timings.packMs - timings.writeMs) / 1000).toFixed(2)} s in all`,
	)
	row('seal, by the clock of main, with waits for the disk', (run) => perBlock(run.sealMs, run))
	row('seals', (run) => `${run.seals} of ${(run.blocks / run.seals).toFixed(0)} blocks`)
	row('disk a log', (run) => `${(run.disk.totalBytes / run.logs).toFixed(1)} bytes`)
	row('  log environments alone', (run) => `${(run.disk.logBytes / run.logs).toFixed(1)} bytes`)
	row('peak resident memory', (run) => `${run.cost.peakRssMb.toFixed(0)} MB`)
	row('  peak anonymous memory', (run) => `${run.cost.peakAnonMb.toFixed(0)} MB`)
	row('main event loop late by, p50 / p99 / max', ({ cost: { loopDelayMs: delay } }) =>
		[delay.p50, delay.p99, delay.max]
			.map((ms) => ms.toFixed(1))
			.join(' / ')
			.concat(' ms'),
	)
	row('CPU a block of the fake nodes', (run) => `${(run.fakeCpuMs / run.blocks).toFixed(3)} ms`)
	const latency = options.latency > 0 ? `, ${options.latency} ms added to each answer` : ''
	return `${machineLine()}${options.threads} index threads${latency}\n${table.toString()}\n`
}

function perSecond(count: number, run: IndexingRun): string {
	return Math.round((count / run.reachedMs.localUnsafe) * 1000).toLocaleString('en')
}

function perBlock(ms: number, run: IndexingRun): string {
	return `${((ms * 1000) / run.blocks).toFixed(0)} us`
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0)
}
