import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadRecording } from '../../src/recording/load-recording.js'
import { until } from './deadline.js'
import { headsReached, replayed, supervise } from './supervised.js'

const RECORDING = fileURLToPath(new URL('../recordings/l1-reorg.vigil.gz', import.meta.url))

it('after an L1 reorg deeper than the confirmation depth all chains go on on the new branch', async () => {
	const recording = await loadRecording(RECORDING)
	const lost = recording.l1.find(({ canonical }) => !canonical)?.block.number ?? 0
	const reorg = recording.l1.find(({ block, canonical }) => canonical && block.number === lost)
	const replay = await replayed(recording, { kind: 'steps' })
	const { supervisor, logs } = await supervise(recording, replay)
	replay.advance((reorg?.t ?? 0) - 1)
	await until('both chains on the branch that will be lost', () =>
		recording.chains.every(({ chainId }) => sourceOf(chainId) === lost),
	)
	replay.advance(Number.POSITIVE_INFINITY)
	await headsReached({ supervisor }, recording)
	expect(supervisor.stoppedChains.size).toBe(0)
	expect(logs.find(({ msg }) => msg.startsWith('L1 reorg: all chains were cut back'))).toBeDefined()
	for (const { chainId, blocks } of recording.chains) {
		const { derived } = supervisor.reader.localSafe(chainId)
		const canonical = blocks.find(({ block, canonical }) => canonical && block.number === derived.number)
		expect(derived.hash).toBe(canonical?.block.hash)
	}

	function sourceOf(chainId: (typeof recording.chains)[number]['chainId']): number {
		try {
			return supervisor.reader.localSafe(chainId).source.number
		} catch {
			return -1 // Nothing is derived yet.
		}
	}
})
