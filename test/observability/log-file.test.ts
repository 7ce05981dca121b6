import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger, type LogFileSettings } from '../../src/observability/log.js'
import { LogFileError, logFileName, openLogFile } from '../../src/observability/log-file.js'
import { temporaryDirectory } from '../supervisor/cleanup.js'

test.each<[LogFileSettings['rotation'], string, string]>([
	['never', '2026-03-01T00:00:00Z', 'vigil.log'],
	['hourly', '2026-03-01T23:59:59.999Z', 'vigil.2026-03-01-23.log'],
	['daily', '2026-03-01T23:59:59.999Z', 'vigil.2026-03-01.log'],
	['weekly', '2026-03-01T23:59:59.999Z', 'vigil.2026-02-23.log'],
	['weekly', '2026-03-02T00:00:00Z', 'vigil.2026-03-02.log'],
	['monthly', '2026-03-31T23:59:59.999Z', 'vigil.2026-03.log'],
])('rotation %s: a line of %s is in %s', (rotation, time, name) => {
	expect(logFileName(rotation, new Date(time))).toBe(name)
})

test('loggers of several threads append to one file', () => {
	const directory = temporaryDirectory()
	const file = { directory, format: 'json', rotation: 'never' } as const
	const logs = [1, 2].map(() =>
		createLogger({ level: 'info', format: 'json', to: 'stderr', quiet: true, file }),
	)
	for (let line = 0; line < 4; line++) logs[line % 2]?.info({ line }, 'x')
	const lines = readFileSync(join(directory, 'vigil.log'), 'utf8').trim().split('\n')
	expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([0, 1, 2, 3])
})

test('a file that cannot be opened is an error with its name', () => {
	const directory = temporaryDirectory()
	mkdirSync(join(directory, 'vigil.log'))
	expect(() => openLogFile({ directory, format: 'json', rotation: 'never' })).toThrow(LogFileError)
})

test('a full disk does not stop the program', () => {
	expect(() => writeFileSync('/dev/full', 'x')).toThrow('ENOSPC')
	const directory = temporaryDirectory()
	symlinkSync('/dev/full', join(directory, 'vigil.log'))
	const stream = openLogFile({ directory, format: 'json', rotation: 'never' })
	expect(() => stream.write('x')).not.toThrow()
})
