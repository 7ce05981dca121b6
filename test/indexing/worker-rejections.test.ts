import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import type { IndexWorkerData } from '../../src/indexing/index-task.js'
import { IndexThread } from '../../src/indexing/index-thread.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'

it('a promise that nobody handles in an index worker ends the thread, and the log has its reason', async () => {
	const file = join(temporaryDirectory(), 'worker.mjs')
	writeFileSync(
		file,
		`export default () => { setImmediate(() => Promise.reject(new Error('lost promise'))) }`,
	)
	const logs = new LogCapture()
	const workerData: IndexWorkerData = {
		directory: '/nowhere',
		jwtSecrets: new Map(),
		verifyBlooms: false,
		log: { level: 'silent', format: 'json', to: 'stderr' },
	}
	const thread = new IndexThread({ file: pathToFileURL(file), index: 0, workerData }, { log: logs.log })
	afterTest(() => thread.close())
	// Whichever is quicker: the answer, or the end of the thread.
	await thread.run({ kind: 'cancel', chainId: 901n as never }).catch(() => {})
	await until('the death to be told', () =>
		logs.records.some(({ msg }) => msg.startsWith('an index worker died')),
	)
	expect(JSON.stringify(logs.records.find(({ msg }) => msg.startsWith('an index worker died')))).toContain(
		'lost promise',
	)
})
