import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createLogger, type LogFormat } from '../../src/observability/log.js'
import { RateLimitedLog } from '../../src/observability/rate-limited-log.js'
import { redactUrl, redactUrlsIn } from '../../src/observability/redact-url.js'

function capture(format: LogFormat = 'json') {
	const lines: string[] = []
	const to = new Writable({
		write(chunk: Buffer, _encoding, done) {
			lines.push(chunk.toString())
			done()
		},
	})
	return { lines, log: createLogger({ level: 'info', format, to }) }
}

describe('createLogger', () => {
	test('JSON lines have level, time and msg as words', () => {
		const { lines, log } = capture()
		log.info({ chain: 901n.toString(), block: 7 }, 'sealed')
		log.debug('not shown')
		expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
			{ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), chain: '901', block: 7, msg: 'sealed' },
		])
	})

	test('pretty lines are for people', () => {
		const { lines, log } = capture('pretty')
		log.warn({ block: 7 }, 'odd block')
		expect(lines.join('')).toMatch(/WARN.*odd block[\s\S]*block: 7/)
	})

	test('logfmt lines are keys and values, quoted where they are no plain word', () => {
		const { lines, log } = capture('logfmt')
		log.warn({ block: 7, chain: '901', reason: 'a "b"\n=c', list: ['x y'], none: null, empty: '' }, 'odd')
		expect(lines.join('')).toMatch(
			/^t=\S+Z lvl=warn msg=odd block=7 chain=901 reason="a \\"b\\"\\n=c" list="\[\\"x y\\"\]" none=null empty=""\n$/,
		)
	})

	test.each<LogFormat>(['json', 'pretty', 'logfmt'])('%s lines hold no secrets', (format) => {
		const { lines, log } = capture(format)
		const url = 'https://user:hunter2@rpc.example/v3/hunter2?key=hunter2'
		log.info(
			{ jwtSecret: 'hunter2', node: { secret: 'hunter2', authorization: 'hunter2' }, url, urls: [url] },
			'start',
		)
		log.error({ err: new Error(`HTTP request failed: URL: ${url}`, { cause: new Error(url) }) }, 'L1 failed')
		expect(lines.join('')).not.toContain('hunter2')
		expect(lines.join('')).toContain('https://rpc.example/...')
	})
})

test.each([
	['http://127.0.0.1:8545', 'http://127.0.0.1:8545'],
	['ws://node.example:9545/', 'ws://node.example:9545'],
	['wss://a:b@node.example', 'wss://node.example/...'],
	['https://rpc.example/v2/key', 'https://rpc.example/...'],
	['no url', '(no URL)'],
])('redactUrl(%s)', (url, shown) => {
	expect(redactUrl(url)).toBe(shown)
})

test('redactUrlsIn leaves the rest of the text alone', () => {
	expect(redactUrlsIn('cannot reach "https://x.example/key": 401 (see wss://y.example/k)')).toBe(
		'cannot reach "https://x.example/...": 401 (see wss://y.example/...)',
	)
})

describe('RateLimitedLog', () => {
	test('a key is logged once an interval, the next time with the number of repeats', () => {
		const { lines, log } = capture()
		let now = 0
		const limited = new RateLimitedLog({ intervalMs: 1_000, now: () => now }, { log })
		for (now of [0, 1, 999, 1_000, 1_001, 5_000]) limited.log('warn', 'a', { node: 1 }, 'node is down')
		limited.log('error', 'b', {}, 'other')
		expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
			{ level: 'warn', node: 1, msg: 'node is down' },
			{ repeated: 2 },
			{ repeated: 1 },
			{ level: 'error', msg: 'other' },
		])
		expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('repeated')
	})

	test('the number of remembered keys is bounded', () => {
		const { lines, log } = capture()
		const limited = new RateLimitedLog({ intervalMs: 1_000, now: () => 0 }, { log })
		for (let key = 0; key <= 1_000; key++) limited.log('info', `${key}`, {}, `line ${key}`)
		limited.log('info', '1000', {}, 'still known')
		limited.log('info', '0', {}, 'forgotten')
		expect(lines).toHaveLength(1_002)
	})
})
