import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reasonOf } from '../../bench/suite/reason-of.js'
import { UnexpectedEndError } from '../cluster/processes.js'

it('tells the last words of a process that ended by itself', async () => {
	const directory = await mkdtemp(join(tmpdir(), 'vigil-reason-'))
	try {
		const logFile = join(directory, 'peer.log')
		await writeFile(logFile, 'lvl=info started\npanic: too many events\n\ngoroutine 1\n')
		expect(await reasonOf(new UnexpectedEndError('peer', 2, logFile))).toBe(
			'ended by itself with code 2; its log says: panic: too many events',
		)
		await writeFile(logFile, 'started\n')
		expect(await reasonOf(new UnexpectedEndError('peer', 1, logFile))).toMatch(/its log says: started$/)
	} finally {
		await rm(directory, { recursive: true })
	}
	expect(await reasonOf(new Error('late'))).toBe('late')
})
