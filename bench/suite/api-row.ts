import { type ApiQuestions, type ApiRun, askMs, measureApi } from '../api-bench.js'
import { LoadProcess } from '../api-processes.js'
import { FakeCluster } from '../fake-cluster.js'
import { type Contestant, RunningContestant } from './contestant.js'
import type { Measurement } from './measurement.js'
import type { Row, RowContext } from './row.js'
import { watchHeads } from './watch-heads.js'

/** A peer indexes a few hundred blocks a second. */
const SYNC_LIMIT_MS = 300_000

/** The rows of `bench api`; a peer is asked the same questions, as a process of its own and idle. */
export const API_ROW: Row = {
	name: 'api',
	title: 'calls to the API of 2 chains: idle, with reader processes, and during a sync',
	run: async (context) => {
		const { runs, questions, syncMs, syncMsUnderLoad } = await measureApi(context.options)
		const all = runs.map((run) => measurement('vigil', run))
		all.push({
			...{ row: 'api', case: 'bulk sync', contestant: 'vigil' },
			figures: [
				{ name: 'with the API idle', value: syncMs / 1000, unit: 's', better: 'less' },
				{ name: 'with the API under load', value: syncMsUnderLoad / 1000, unit: 's', better: 'less' },
			],
		})
		for (const contestant of context.contestants) {
			if (contestant.name !== 'vigil') all.push(...(await askPeer(context, contestant, questions)))
		}
		return all
	},
}

function measurement(contestant: Contestant['name'], { what, connections, ...run }: ApiRun): Measurement {
	return {
		...{ row: 'api', case: `${what}, ${connections} connection${connections === 1 ? '' : 's'}`, contestant },
		figures: [
			{ name: 'calls/s', value: run.perSecond, unit: 'calls/s', better: 'more' },
			{ name: 'p50', value: run.p50Ms, unit: 'ms', better: 'less' },
			{ name: 'p99', value: run.p99Ms, unit: 'ms', better: 'less' },
			{ name: 'CPU a call', value: run.cpuUsPerCall, unit: 'us', better: 'less' },
		],
	}
}

async function askPeer(
	context: RowContext,
	contestant: Contestant,
	questions: readonly ApiQuestions[],
): Promise<Measurement[]> {
	const { options, signal } = context
	const { chains, blocks, logs, threads } = options
	const fakes = await FakeCluster.start({ kind: 'generated', chains, blocks, logs })
	const load = new LoadProcess()
	const directory = await context.directory()
	try {
		const { loaded } = fakes
		const served = await fakes.replay({ pace: { kind: 'asap' }, latencyMs: 0 })
		const running = await RunningContestant.start({
			...{ contestant, loaded, served, directory, threads, signal },
		})
		try {
			const { reachedNs } = await watchHeads(running, loaded.heads, SYNC_LIMIT_MS)
			if (reachedNs.crossSafe === undefined)
				throw new Error(`${contestant.name} was not at its heads in time to be asked`)
			const ports = [Number(new URL(running.url).port)]
			const measured: Measurement[] = []
			for (const { what, connections, bodies } of questions) {
				const before = running.meter.cpuMs
				const result = await load.run({ ports, bodies, connections, ms: askMs(options) })
				const cpuUsPerCall = ((running.meter.cpuMs - before) / result.allCalls) * 1000
				measured.push(measurement(contestant.name, { what, connections, ...result, cpuUsPerCall }))
			}
			return measured
		} finally {
			await running.stop()
		}
	} catch (error) {
		signal.throwIfAborted()
		const problem = error instanceof Error ? error.message : String(error)
		return [{ row: 'api', case: 'all', contestant: contestant.name, figures: [], problem }]
	} finally {
		load.close()
		fakes.close()
		await context.remove(directory)
	}
}
