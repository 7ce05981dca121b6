import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runAccessChecks } from './run-access-checks.js'

describe('access checks', () => {
	test('all recorded questions are answered as recorded', async () => {
		const directory = fileURLToPath(new URL('../vectors/contains', import.meta.url))
		const { agreed, notServed, failed } = await runAccessChecks(directory)
		expect(failed).toEqual([])
		expect(agreed.get('contains')).toBe(427)
		expect(agreed.get('checkAccessList')).toBe(839)
		const others = [...notServed.values()].reduce((sum, times) => sum + times, 0)
		expect((agreed.get('rpc') ?? 0) + others).toBe(454)
	})
})
