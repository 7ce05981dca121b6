import { expect, it } from 'vitest'
import { statusOf } from '../../src/observability/status-page/status-of.js'
import { recordingOf } from '../promotion/recordings.js'
import { until } from '../supervisor/deadline.js'
import { replayed, supervise } from '../supervisor/supervised.js'

it('an invalid block and its replacement, and resets of nodes, are told with their reasons', async () => {
	const recording = await recordingOf('invalid-message')
	const { supervisor } = await supervise(recording, await replayed(recording))
	const events = () => statusOf(supervisor.read()).events
	await until('the replacement', () =>
		events().some(({ kind, isPending }) => kind === 'invalidation' && !isPending),
	)
	expect(events().find(({ kind }) => kind === 'invalidation')).toMatchObject({
		chain: '902',
		subject: expect.stringMatching(/^block \d+ 0x[0-9a-f]{8}$/),
		reason: expect.stringMatching(/\w/),
	})
	for (const { kind, subject, reason } of events()) {
		if (kind !== 'reset') continue
		expect(subject).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
		expect(reason).not.toBe('')
	}
})
