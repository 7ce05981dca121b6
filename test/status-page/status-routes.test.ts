import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { HistoryMessage, StatusMessage } from '../../src/observability/status-page/status-message.js'
import { until } from '../supervisor/deadline.js'
import { EventStream } from './event-stream.js'
import { troubledReading } from './sample-reading.js'
import { ServedPage, VERSION } from './served-page.js'

const get = (url: string, accept?: string) => fetch(url, accept === undefined ? {} : { headers: { accept } })

it('a browser gets one page that may run its own script and ask its own server, and nothing else', async () => {
	const { url } = await ServedPage.start()
	const answer = await get(url, 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')
	const html = await answer.text()
	const policy = answer.headers.get('content-security-policy') ?? ''
	const hash = (tag: string) => {
		const [, text = ''] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(html) ?? []
		return `${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`
	}
	expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
	expect(policy.split('; ')).toEqual(
		expect.arrayContaining(["default-src 'none'", hash('script'), hash('style'), "connect-src 'self'"]),
	)
	expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/)
	expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
})

it('who is no browser gets a list of what there is', async () => {
	const { url } = await ServedPage.start()
	const answer = await get(url)
	expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
	expect(await answer.text()).toContain('/metrics')
})

it('the status as JSON shows troubles with their reasons, and no secret of a URL', async () => {
	const served = await ServedPage.start()
	served.reading = () => troubledReading('<b>')
	const text = await (await get(`${served.url}status`)).text()
	const { cluster, version } = JSON.parse(text) as StatusMessage
	expect(version).toBe(VERSION)
	expect(cluster?.events.map(({ kind, isPending }) => [kind, isPending])).toEqual([
		['invalidation', true],
		['reset', undefined],
		['invalidation', false],
	])
	expect(cluster?.chains.map(({ stopped }) => stopped)).toEqual([undefined, 'a damaged row <b>', undefined])
	expect(cluster?.nodes?.[2]?.reason).toBe('http://node-903:9645/... says <b>')
	expect(text).not.toMatch(/password|v3\/key/)
})

it('a store that cannot be read is told, and so is a cluster that has not begun', async () => {
	const served = await ServedPage.start()
	served.reading = () => {
		throw new Error('no page of http://user:password@host/key')
	}
	expect(await (await get(`${served.url}status`)).json()).toMatchObject({
		fault: 'no page of http://host/...',
	})
	served.metrics.readFrom(undefined)
	await until('the next reading', async () => {
		const message = (await (await get(`${served.url}status`)).json()) as StatusMessage
		return message.fault === undefined && message.cluster === undefined
	})
})

it('all viewers share one reading a second', async () => {
	const served = await ServedPage.start()
	const streams = await Promise.all(Array.from({ length: 8 }, () => EventStream.open(`${served.url}status`)))
	const histories = await Promise.all(streams.map((stream) => stream.next<HistoryMessage>()))
	expect(new Set(histories.map((message) => message?.event))).toEqual(new Set(['history']))
	for (let round = 0; round < 3; round++) {
		const messages = await Promise.all(streams.map((stream) => stream.next<StatusMessage>()))
		expect(new Set(messages.map((message) => message?.data.time)).size).toBe(1)
		expect(served.reads).toBe(round + 1)
	}
})

it('there is room for 32 viewers; who comes later is asked to come again, and gets in when one has left', async () => {
	const { url } = await ServedPage.start()
	const streams = await Promise.all(Array.from({ length: 32 }, () => EventStream.open(`${url}status`)))
	const refused = await get(`${url}status`, 'text/event-stream')
	expect(refused.status).toBe(503)
	expect(refused.headers.get('retry-after')).toBe('10')
	streams[0]?.close()
	await until('room for one more', async () => {
		const answer = await get(`${url}status`, 'text/event-stream')
		await answer.body?.cancel()
		return answer.ok
	})
})

it('streams end with the server', async () => {
	const served = await ServedPage.start()
	const stream = await EventStream.open(`${served.url}status`)
	await stream.next()
	await served.stop()
	await until('the end', async () => (await stream.next().catch(() => undefined)) === undefined)
})
