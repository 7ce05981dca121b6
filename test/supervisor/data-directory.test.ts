import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from './cleanup.js'
import { sampleRecording } from './sample-recording.js'
import { replayed } from './supervised.js'
import { settingsFor, VigilProcess } from './vigil-process.js'

/** The program could not do its work; a wrong command line would be 2. */
const EXIT_FAILURE = 1

async function expectRefused(settings: readonly string[], message: RegExp): Promise<void> {
	const vigil = new VigilProcess(settings)
	expect(await vigil.ended()).toBe(EXIT_FAILURE)
	expect(vigil.stderr).toMatch(message)
	expect(vigil.stderr, 'an own error needs no stack').not.toMatch(/\n\s+at /)
}

async function cluster() {
	const recording = sampleRecording({ derived: 5 })
	return { recording, replay: await replayed(recording) }
}

it('a data directory that cannot be made or written: exits at once and says what to do', async () => {
	const { recording, replay } = await cluster()
	const directory = temporaryDirectory()
	writeFileSync(join(directory, 'file'), '')
	await expectRefused(
		settingsFor(recording, replay, join(directory, 'file', 'data')),
		/^vigil: data directory .*file\/data: it cannot be used \(.*ENOTDIR.*\): create it and give it to the user/,
	)
	const readOnly = join(directory, 'read-only')
	mkdirSync(readOnly)
	chmodSync(readOnly, 0o555)
	// Modes do not bind root.
	if (process.getuid?.() !== 0) {
		await expectRefused(settingsFor(recording, replay, readOnly), /read-only: it cannot be used \(.*EACCES/)
	}
})

it('a data directory with other files is left alone', async () => {
	const { recording, replay } = await cluster()
	const directory = temporaryDirectory()
	writeFileSync(join(directory, 'thesis.txt'), 'mine')
	await expectRefused(
		settingsFor(recording, replay, directory),
		/it holds no Vigil store but other files \(thesis\.txt\): choose an empty directory/,
	)
})

it('a second Vigil on a data directory stops at once, names the first, and does not disturb it', async () => {
	const { recording, replay } = await cluster()
	const directory = temporaryDirectory()
	const first = new VigilProcess(settingsFor(recording, replay, directory))
	await first.reaches(recording)
	await expectRefused(
		settingsFor(recording, replay, directory),
		/is in use by another Vigil \(process \d+, started .*\): stop it, or choose another directory/,
	)
	await first.reaches(recording)
	expect(await first.terminate()).toBe(0)
})

it('a data directory of other chains, or of another genesis, is refused and names the difference', async () => {
	const { recording, replay } = await cluster()
	const directory = temporaryDirectory()
	const first = new VigilProcess(settingsFor(recording, replay, directory))
	await first.reaches(recording)
	expect(await first.terminate()).toBe(0)

	const [chain, ...others] = recording.chains
	if (chain === undefined) throw new Error('a chain is needed')
	const genesis = {
		...chain.rollup.genesis,
		l2: { ...chain.rollup.genesis.l2, hash: chain.rollup.genesis.l1.hash },
	}
	const otherGenesis = {
		...recording,
		chains: [{ ...chain, rollup: { ...chain.rollup, genesis } }, ...others],
	}
	await expectRefused(
		settingsFor(otherGenesis, replay, directory),
		/made for another configuration: chain 901, l2Genesis is .* in the store and .* in the configuration: correct the configuration/,
	)
	const otherChains = sampleRecording({ derived: 5, chainIds: [901, 903] })
	await expectRefused(
		settingsFor(otherChains, replay, directory),
		/made for another configuration: chain 90[23]/,
	)
})
