import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { startVigil } from '../commands/vigil.js'
import { afterTest } from '../supervisor/cleanup.js'
import { Chromium, chromium } from './chromium.js'

/** The recording takes 10 s before the live chains begin, and finality its L1 blocks. */
const TIMEOUT_MS = 180_000

/** A file to keep a picture in: `docs/status-page.png` was made so. */
const { STATUS_PAGE_PICTURE: picture } = process.env

const HEADS = `[...document.querySelectorAll('[aria-label="Heads of chain 901"] .number')].map((head) => head.innerText)`

it.skipIf(chromium === undefined)(
	'all heads of the live demo move on its status page, without a word on the console or a request elsewhere',
	async () => {
		const ports = ['--rpc.port=0', '--metrics.port=0', '--rpc.addr=127.0.0.1', '--metrics.addr=127.0.0.1']
		const demo = startVigil(['demo', '--serve', ...ports])
		const ended = once(demo, 'close')
		afterTest(async () => {
			demo.kill('SIGINT')
			await ended
		})
		const url = await new Promise<string>((resolve, reject) => {
			let said = ''
			demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
				said += chunk
				const [, found] = /Status page (\S+)/.exec(said) ?? []
				if (found !== undefined) resolve(found)
			})
			demo.on('close', () => reject(new Error(`the demo has ended:\n${said}`)))
		})
		const browser = await Chromium.start(chromium ?? '')
		afterTest(() => browser.close())
		const page = await browser.open()
		await page.look({ width: 1_280, height: 900, scheme: 'dark' })
		await page.goto(url)
		await page.until(`document.querySelector('#verdict').innerText === 'Ready'`)
		// The genesis block is final from the start on.
		await page.until(`${HEADS}[4] > '0'`)
		const before = await page.evaluate<string[]>(HEADS)
		await page.until(`${HEADS}.every((head, index) => head !== ${JSON.stringify(before)}[index])`)
		await page.until(`document.querySelector('.spark b').innerText !== '0'`)
		if (picture !== undefined) {
			await page.until(`document.querySelector('.spark .line').getAttribute('d').split('L').length > 100`)
			writeFileSync(picture, await page.screenshot())
		}
		expect(page.complaints).toEqual([])
		expect(new Set(page.requests)).toEqual(new Set([url, `${url}status`]))
	},
	picture === undefined ? TIMEOUT_MS : 2 * TIMEOUT_MS,
)
