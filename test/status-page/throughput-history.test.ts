import { expect, it } from 'vitest'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { ThroughputHistory } from '../../src/observability/status-page/throughput-history.js'
import { afterTest } from '../supervisor/cleanup.js'

/** A history that is looked at by hand, every two seconds of a clock that stands still otherwise. */
function history() {
	const metrics = new Metrics({ version: '1.2.3' })
	let now = 0
	const history = new ThroughputHistory(metrics.throughput, { intervalMs: 1e9, now: () => now })
	afterTest(() => {
		history.close()
		metrics.close()
	})
	const look = async () => {
		now += 2_000
		await history.look()
	}
	return { history, look, throughput: metrics.throughput }
}

it('rates are means of the last ten seconds, by chain', async () => {
	const { history: of, look, throughput } = history()
	await look()
	expect(of.newest).toBeUndefined()
	throughput.blocks.inc({ chain: '901' }, 8)
	throughput.logs.inc({ chain: '901' }, 100)
	throughput.receiptBytes.inc({ chain: '902' }, 7)
	await look()
	expect(of.newest).toEqual({
		count: 0,
		chains: {
			'901': { blocks: 4, logs: 50, messages: 0, bytes: 0 },
			'902': { blocks: 0, logs: 0, messages: 0, bytes: 3.5 },
		},
	})
	for (let looks = 0; looks < 5; looks++) await look()
	expect(of.newest?.chains['901']?.blocks).toBe(0)
})

it('five minutes are kept, and who joins later is told how many there were before', async () => {
	const { history: of, look, throughput } = history()
	throughput.blocks.inc({ chain: '901' }, 1)
	for (let looks = 0; looks <= 200; looks++) await look()
	expect(of.history.rates).toHaveLength(150)
	expect(of.history.first).toBe(50)
	expect(of.newest?.count).toBe(199)
})
