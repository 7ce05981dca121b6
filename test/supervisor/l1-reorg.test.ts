import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadRecording } from '../../src/recording/load-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

const RECORDING = fileURLToPath(new URL('../recordings/l1-reorg.vigil.gz', import.meta.url))

it('after L1 reorgs deeper than the confirmation depth all chains go on on the new branch', async () => {
	const recording = await loadRecording(RECORDING)
	const replay = await replayed(recording, { kind: 'recorded', speed: 60 })
	const { supervisor, logs } = await supervise(recording, replay)
	await headsReached({ supervisor }, recording)
	expect(supervisor.stoppedChains.size).toBe(0)
	// Otherwise this proves nothing: the recorded reorgs did reach the stored L1.
	await logs.logged('a cut of L1', ({ msg }) => msg.startsWith('L1 reorg: all chains were cut back'))
	for (const { chainId, blocks } of recording.chains) {
		const { derived } = supervisor.reader.localSafe(chainId)
		const canonical = blocks.find(({ block, canonical }) => canonical && block.number === derived.number)
		expect(derived.hash).toBe(canonical?.block.hash)
	}
})
