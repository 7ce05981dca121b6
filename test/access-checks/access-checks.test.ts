import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runAccessChecks } from './run-access-checks.js'

describe('access checks', () => {
	test('all recorded questions are answered as recorded', async () => {
		const directory = fileURLToPath(new URL('../vectors/contains', import.meta.url))
		const { agreed, failed } = await runAccessChecks(directory)
		expect(failed).toEqual([])
		expect(agreed.get('contains')).toBe(427)
		expect(agreed.get('checkAccessList')).toBe(839)
		expect(agreed.get('rpc')).toBe(454)
	})
})
