import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrowserPage } from './browser-page.js'
import { DevTools } from './dev-tools.js'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']

/** A Chromium of this machine, if it has one. */
export const chromium = PROGRAMS.find((name) => spawnSync(name, ['--version']).status === 0)

/** A real Chromium without a window. */
export class Chromium {
	readonly #child: ChildProcess
	readonly #devTools: DevTools
	readonly #profile: string

	private constructor(child: ChildProcess, devTools: DevTools, profile: string) {
		this.#child = child
		this.#devTools = devTools
		this.#profile = profile
	}

	static async start(program: string): Promise<Chromium> {
		const profile = mkdtempSync(join(tmpdir(), 'vigil-chromium-'))
		const child = spawn(program, [
			'--headless=new',
			// Its sandbox needs rights that root in a container does not have. It opens nothing but our own page.
			'--no-sandbox',
			'--disable-gpu',
			'--disable-dev-shm-usage',
			'--disable-background-networking',
			'--disable-component-update',
			'--hide-scrollbars',
			'--remote-debugging-port=0',
			`--user-data-dir=${profile}`,
			'about:blank',
		])
		const url = await new Promise<string>((resolve, reject) => {
			let said = ''
			child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
				said += chunk
				const [, found] = /DevTools listening on (ws:\S+)/.exec(said) ?? []
				if (found !== undefined) resolve(found)
			})
			child.on('close', () => reject(new Error(`${program} ended at once:\n${said}`)))
		})
		return new Chromium(child, await DevTools.connect(url), profile)
	}

	/** Opens an empty page. */
	open(): Promise<BrowserPage> {
		return BrowserPage.open(this.#devTools)
	}

	async close(): Promise<void> {
		const ended = once(this.#child, 'close')
		await this.#devTools.call('Browser.close').catch(() => this.#child.kill('SIGKILL'))
		await ended
		this.#devTools.close()
		rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
	}
}
