import type {
	BlockReading,
	ChainReading,
	ClusterReading,
	L1Reading,
	StoreReading,
	WorkReading,
} from '../cluster-reading.js'
import type { Metrics } from './metrics.js'

/** Sets every metric that is read from the cluster. Without a reading they have no samples. */
export function showReading(metrics: Metrics, reading: ClusterReading | undefined): void {
	for (const metric of readMetrics(metrics)) clear(metric)
	if (reading === undefined) return
	const now = Date.now() / 1_000
	showStore(metrics, reading.store)
	for (const chain of reading.store.chains) showChain(metrics, chain, now)
	if (reading.work !== undefined) showWork(metrics, reading.work, reading.store, now)
}

/** A counter or gauge of prom-client. */
interface Clearable {
	reset(): void
	remove(labels: Readonly<Record<string, never>>): void
}

/** A metric without labels would say 0 after a reset, which is a value. */
function clear(metric: Clearable): void {
	metric.reset()
	metric.remove({})
}

/** What another cluster, or a node that has left, must not leave behind. */
function readMetrics(metrics: Metrics): Clearable[] {
	const { throughput, heads, crossSafety, l1, nodes, routing, storage, execution } = metrics
	return [
		throughput.threads,
		throughput.threadsBusy,
		throughput.tasksInFlight,
		throughput.blocksBehind,
		throughput.rangesInFlight,
		...Object.values(heads),
		crossSafety.promotions,
		crossSafety.discarded,
		crossSafety.rounds,
		crossSafety.invalidated,
		crossSafety.failsafe,
		crossSafety.cuts,
		l1.tip,
		l1.tipTimestamp,
		l1.tipLag,
		l1.finalized,
		l1.finalizedLagBlocks,
		l1.finalizedLagSeconds,
		l1.followed,
		l1.held,
		l1.waiting,
		nodes.ready,
		nodes.state,
		nodes.resetting,
		nodes.resets,
		nodes.resetsRefused,
		nodes.losses,
		nodes.events,
		execution.ready,
		routing.lag,
		routing.state,
		...Object.values(storage).filter((metric) => metric !== storage.transactionSeconds),
	]
}

function showStore({ crossSafety, storage }: Metrics, store: StoreReading): void {
	crossSafety.failsafe.set(flag(store.failsafe))
	crossSafety.cuts.inc(store.generation)
	storage.snapshots.set(store.openSnapshots)
	for (const { environment, usedBytes, mapBytes, readers, maxReaders } of store.environments) {
		storage.used.set({ environment }, usedBytes)
		storage.map.set({ environment }, mapBytes)
		storage.readers.set({ environment }, readers)
		storage.maxReaders.set({ environment }, maxReaders)
	}
	if (store.disk === undefined) return
	storage.diskFree.set(store.disk.freeBytes)
	storage.diskSize.set(store.disk.sizeBytes)
}

function showChain({ heads, crossSafety }: Metrics, reading: ChainReading, now: number): void {
	const { chain, derivationOrigin, firstKept, invalidated } = reading
	const newest = reading.heads['local-unsafe']?.number
	for (const [level, head] of Object.entries(reading.heads)) {
		heads.number.set({ chain, level }, head.number)
		heads.timestamp.set({ chain, level }, head.timestamp)
		heads.lagSeconds.set({ chain, level }, now - head.timestamp)
		if (newest !== undefined) heads.lagBlocks.set({ chain, level }, Math.max(0, newest - head.number))
	}
	if (firstKept !== undefined) heads.firstKeptAge.set({ chain }, now - firstKept.timestamp)
	if (derivationOrigin !== undefined) heads.derivationOrigin.set({ chain }, derivationOrigin)
	heads.disputed.set({ chain }, flag(reading.dispute !== undefined))
	for (const [state, count] of Object.entries(invalidated))
		crossSafety.invalidated.set({ chain, state }, count)
}

function showWork(metrics: Metrics, work: WorkReading, store: StoreReading, now: number): void {
	const { throughput, heads, crossSafety, storage } = metrics
	for (const { chain, stopped, ...queues } of work.chains) {
		heads.stopped.set({ chain }, flag(stopped !== undefined))
		heads.eventsQueued.set({ chain }, queues.eventsQueued)
		heads.linksQueued.set({ chain }, queues.linksQueued)
		throughput.blocksBehind.set({ chain }, queues.blocksBehind)
		throughput.rangesInFlight.set({ chain }, queues.rangesInFlight)
	}
	throughput.threads.set(work.indexTasks.length)
	throughput.threadsBusy.set(work.indexTasks.filter((tasks) => tasks > 0).length)
	for (const [index, tasks] of work.indexTasks.entries())
		throughput.tasksInFlight.set({ thread: `index-${index}` }, tasks)
	const { rounds, discarded, crossSafe, crossUnsafe } = work.promotions
	crossSafety.rounds.inc(rounds)
	crossSafety.discarded.inc(discarded)
	crossSafety.promotions.inc({ level: 'cross-safe' }, crossSafe)
	crossSafety.promotions.inc({ level: 'cross-unsafe' }, crossUnsafe)
	storage.writeFault.set(flag(work.writeFault !== undefined))
	storage.writeFailures.inc(work.writeFailures)
	showL1(metrics, work.l1, store.finalizedL1, now)
	showNodes(metrics, work)
	showFollowers(metrics, work)
	for (const { chain, executionNodesReady } of work.chains)
		metrics.execution.ready.set({ chain }, executionNodesReady)
}

function showL1({ l1 }: Metrics, reading: L1Reading, finalized: BlockReading | undefined, now: number): void {
	const { tip } = reading
	l1.followed.set(flag(reading.isFollowed))
	l1.held.set(flag(reading.held !== undefined))
	l1.waiting.set(reading.waiting)
	if (tip !== undefined) {
		l1.tip.set(tip.number)
		l1.tipTimestamp.set(tip.timestamp)
		l1.tipLag.set(now - tip.timestamp)
	}
	if (finalized === undefined) return
	l1.finalized.set(finalized.number)
	l1.finalizedLagSeconds.set(now - finalized.timestamp)
	if (tip !== undefined) l1.finalizedLagBlocks.set(Math.max(0, tip.number - finalized.number))
}

function showFollowers({ routing }: Metrics, work: WorkReading): void {
	for (const { chain, url: node, state, lag } of work.followers) {
		const labels = { chain, node }
		routing.state.set({ ...labels, state }, 1)
		// A node that needed none has been given none, which is not the same as nothing.
		routing.posted.inc(labels, 0)
		if (lag !== undefined) routing.lag.set(labels, lag)
	}
}

function showNodes({ nodes }: Metrics, work: WorkReading): void {
	for (const { chain, url: node, state, isResetting, ...counts } of work.nodes) {
		const labels = { chain, node }
		nodes.ready.set(labels, flag(state === 'ready'))
		nodes.state.set({ ...labels, state }, 1)
		nodes.resetting.set(labels, flag(isResetting))
		nodes.resets.inc(labels, counts.resets)
		nodes.losses.inc(labels, counts.losses)
		for (const [reason, count] of counts.refusedResets) nodes.resetsRefused.inc({ ...labels, reason }, count)
		for (const [kind, count] of counts.events) nodes.events.inc({ ...labels, kind }, count)
	}
}

function flag(is: boolean): 0 | 1 {
	return is ? 1 : 0
}
