import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { reportFailure } from '../../src/commands/report-failure.js'
import { ConfigFileError } from '../../src/config/config-file-error.js'
import { OptionError } from '../../src/config/option-error.js'
import { FutureDataError } from '../../src/protocol/errors.js'

function report(error: unknown): { code: number; text: string } {
	let text = ''
	const stderr = new Writable({
		write(chunk: Buffer, _encoding, done) {
			text += chunk.toString()
			done()
		},
	})
	return { code: reportFailure(error, { stderr }), text }
}

test.each<[unknown, number, string]>([
	[new ConfigFileError('a.json', 'x.y', 'is missing'), 2, 'vigil: a.json: x.y: is missing\n'],
	[new FutureDataError('block 7'), 1, 'vigil: future data: block 7\n'],
	[Object.assign(new Error('EACCES: /data'), { syscall: 'mkdir' }), 1, 'vigil: EACCES: /data\n'],
	[new AggregateError([new Error('a'), new Error('b')]), 1, 'vigil: Error: a; Error: b\n'],
	['text', 1, 'vigil: text\n'],
	[new FutureDataError('at https://rpc.example/key'), 1, 'vigil: future data: at https://rpc.example/...\n'],
])('%s', (error, code, text) => {
	expect(report(error)).toEqual({ code, text })
})

test('every problem of the settings has a line', () => {
	const problems = [
		{ setting: '--a', problem: 'is required' },
		{ setting: '', problem: '--b and --c are both set: keep one' },
	]
	expect(report(new OptionError(problems))).toEqual({
		code: 2,
		text: 'vigil: --a: is required\nvigil: --b and --c are both set: keep one\nvigil: "vigil start --help" lists all settings\n',
	})
})

test('a fault of the program shows its stack', () => {
	expect(report(new TypeError('x is undefined')).text).toMatch(
		/please report it: TypeError: x is undefined\n {4}at /,
	)
})
