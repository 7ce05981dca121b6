import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { afterTest } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'
import type { BrowserPage, Screen } from './browser-page.js'
import { Chromium, chromium } from './chromium.js'
import { FAINT_TEXTS } from './contrast.js'
import { healthyReading, troubledReading } from './sample-reading.js'
import { ServedPage } from './served-page.js'

const WIDE: Screen = { width: 1_280, height: 900, scheme: 'light' }
const PHONE: Screen = { width: 360, height: 740, scheme: 'light' }
let browser: Chromium | undefined

const HOSTILE = '<img src=x onerror="document.title=1"><script>alert(1)</script>'

/** Opens the page of a metrics server, and waits until it shows something. */
async function opened(screen: Screen = WIDE): Promise<{ served: ServedPage; page: BrowserPage }> {
	const served = await ServedPage.start()
	if (browser === undefined) throw new Error('Chromium has not started')
	const page = await browser.open()
	afterTest(() => page.close())
	await page.look(screen)
	await page.goto(served.url)
	await live(page)
	return { served, page }
}

const live = (page: BrowserPage) =>
	withDeadline(
		'a live page',
		page.until('document.body.dataset.live === "live" && document.querySelector("h3")'),
	)
const text = (page: BrowserPage, selector: string) =>
	page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`)
const shows = (page: BrowserPage, selector: string, part: string) =>
	withDeadline(
		`${part} in ${selector}`,
		page.until(
			`document.querySelector(${JSON.stringify(selector)})?.innerText.includes(${JSON.stringify(part)})`,
		),
	)

beforeAll(async () => {
	if (chromium !== undefined) browser = await Chromium.start(chromium)
	else process.stderr.write('Chromium is not installed: tests of the status page in a browser are left out\n')
})

afterAll(() => browser?.close())

describe.skipIf(chromium === undefined)('the status page in a browser', () => {
	it('shows the heads of all chains, with how far they are behind, and they move', async () => {
		const { served, page } = await opened()
		expect(
			await page.evaluate('[...document.querySelectorAll("h3")].map((title) => title.textContent)'),
		).toEqual(['L1', 'Chain 901', 'Chain 902'])
		expect(await text(page, '#verdict')).toBe('Ready')
		expect(await text(page, '[aria-label="Heads of chain 901"] li:nth-child(4)')).toMatch(
			/Cross-safe\s+4,955\s+45 behind, 4\ds old/,
		)
		served.reading = () => healthyReading(5_001)
		await shows(page, '[aria-label="Heads of chain 902"] li:nth-child(1)', '5,001')
		expect(page.complaints).toEqual([])
	})

	it('asks nobody but its own server', async () => {
		const { served, page } = await opened()
		expect(new Set(page.requests)).toEqual(new Set([served.url, `${served.url}status`]))
		const refusal = page.evaluate('fetch("http://127.0.0.1:1/").then(() => "asked", () => "refused")')
		expect(await refusal).toBe('refused')
		expect(page.complaints.join()).toContain('Content Security Policy')
	})

	it('shows what nodes and L1 say as text, whatever it is', async () => {
		const { served, page } = await opened()
		served.reading = () => troubledReading(HOSTILE)
		await shows(page, '#attention', HOSTILE)
		expect(await page.evaluate('document.querySelectorAll("main img, main script").length')).toBe(0)
		expect(await text(page, '#attention')).not.toContain('password')
		expect(await text(page, '#events')).toContain(HOSTILE)
		expect(await text(page, '#nodes')).toContain(HOSTILE)
		expect(page.complaints).toEqual([])
	})

	it('names every trouble with its runbook, the worst first', async () => {
		const { served, page } = await opened()
		served.reading = () => troubledReading('because')
		await shows(page, '#failsafe', 'Failsafe on')
		const notices = await page.evaluate<string[]>(
			'[...document.querySelectorAll("#attention li")].map((item) => item.innerText.split("\\n").join(" "))',
		)
		expect(notices).toHaveLength(11)
		expect(notices[0]).toMatch(/^Critical Failsafe is on.* Runbook VigilFailsafeOn$/)
		expect(notices.at(-1)).toMatch(/^Warning The disk has 4 GB left Runbook VigilDiskNearlyFull$/)
		expect(notices.filter((notice) => notice.startsWith('Warning'))).toHaveLength(4)
		expect(await text(page, '#lanes')).toMatch(/Disputed.*Stopped.*No node/s)
		await shows(page, '#announcer', 'Failsafe is on: all access lists are refused. chain 902 waits')
	})

	it('says that it is not live while its server is gone, and goes on by itself', async () => {
		const { served, page } = await opened()
		const { port } = served
		await served.stop()
		await withDeadline('the loss', page.until('document.body.dataset.live === "lost"'))
		expect(await text(page, '#live')).toContain('Not live')
		expect(await page.evaluate('document.title')).toBe('Not live - Vigil')
		served.reading = () => healthyReading(6_000)
		await served.listen(port)
		await live(page)
		await shows(page, '#lanes', '6,000')
	})

	it('stands still while it is paused', async () => {
		const { served, page } = await opened()
		await page.evaluate('document.querySelector("#pause").click()')
		expect(await text(page, '#live')).toContain('Paused')
		served.reading = () => healthyReading(6_000)
		await page.evaluate('document.querySelector("#pause").click()')
		await shows(page, '#lanes', '6,000')
		expect(await text(page, '#pause')).toBe('Pause')
	})

	it.each(['light', 'dark'] as const)('all texts can be read on the %s ground', async (scheme) => {
		const { served, page } = await opened({ ...WIDE, scheme })
		expect(await page.evaluate(FAINT_TEXTS)).toEqual([])
		const light = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
		expect(light).toBe(scheme === 'light' ? 'rgb(243, 245, 244)' : 'rgb(12, 18, 17)')
		served.reading = () => troubledReading('because')
		await shows(page, '#failsafe', 'Failsafe on')
		expect(await page.evaluate(FAINT_TEXTS)).toEqual([])
	})

	it('fits a phone, also with long reasons', async () => {
		const { served, page } = await opened(PHONE)
		served.reading = () => troubledReading('long'.repeat(90))
		await shows(page, '#attention', 'long')
		expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width)
	})

	it('can be walked through with the keyboard, and everything has a name', async () => {
		const { page } = await opened()
		const walked: string[] = []
		for (let step = 0; step < 5; step++) {
			await page.press('Tab')
			walked.push(await page.evaluate('document.activeElement.textContent'))
		}
		expect(walked).toEqual(['Skip to the content', 'Pause', 'Readiness', 'Status as JSON', 'Metrics'])
		const outline = 'getComputedStyle(document.activeElement).outlineStyle'
		expect(await page.evaluate(outline)).toBe('solid')
		await page.evaluate('document.querySelector("#pause").focus()')
		await page.press('Enter')
		expect(await text(page, '#live')).toContain('Paused')
		const { nodes } = (await page.call('Accessibility.getFullAXTree')) as {
			nodes: { role?: { value: string }; name?: { value: string } }[]
		}
		const named = (role: string) =>
			nodes.filter((node) => node.role?.value === role).map((node) => node.name?.value)
		for (const landmark of ['banner', 'main', 'contentinfo']) expect(named(landmark)).toHaveLength(1)
		expect(named('region')).toEqual(['Attention', 'Chains', 'Nodes', 'Latest invalidations and resets'])
		expect(named('article')).toEqual(['L1', 'Chain 901', 'Chain 902'])
		expect(named('navigation')).toEqual(['More of this Vigil'])
	})

	it('moves nothing for who wants no motion', async () => {
		const moving = 'document.getAnimations().length'
		const { served, page } = await opened({ ...WIDE, reducedMotion: true })
		served.reading = () => healthyReading(5_001)
		await shows(page, '#lanes', '5,001')
		expect(await page.evaluate(moving)).toBe(0)
		await page.look(WIDE)
		await withDeadline('something to move', page.until(`${moving} > 0`))
	})
})
