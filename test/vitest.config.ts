import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
	test: {
		include: ['test/**/*.test.ts'],
		// Worker threads, sockets and LMDB files are real in these tests, so each file gets a process of its own.
		pool: 'forks',
		// As many at a time as there are cores, where vitest would leave one idle: tests wait as much as they compute.
		maxWorkers: availableParallelism(),
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
})
