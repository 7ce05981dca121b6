import type { DevTools, DevToolsEvent } from './dev-tools.js'

/** A script of the page threw. */
export class PageScriptError extends Error {
	override readonly name = 'PageScriptError'
}

/** How the page is looked at. */
export interface Screen {
	readonly width: number
	readonly height: number
	readonly scheme: 'light' | 'dark'
	readonly reducedMotion?: boolean
}

/** A page in a browser: what it asked for and what it complained of is kept. */
export class BrowserPage {
	/** URLs that it asked for. */
	readonly requests: string[] = []
	/** What it said on its console, errors of scripts, of the network and of its policy included. */
	readonly complaints: string[] = []
	readonly #devTools: DevTools
	readonly #session: string

	private constructor(devTools: DevTools, session: string) {
		this.#devTools = devTools
		this.#session = session
		devTools.listen(session, (event) => this.#take(event))
	}

	static async open(devTools: DevTools): Promise<BrowserPage> {
		const { targetId } = await devTools.call('Target.createTarget', { url: 'about:blank' })
		const { sessionId } = await devTools.call('Target.attachToTarget', { targetId, flatten: true })
		const page = new BrowserPage(devTools, String(sessionId))
		for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await page.call(`${domain}.enable`)
		return page
	}

	call(method: string, params: object = {}) {
		return this.#devTools.call(method, params, this.#session)
	}

	async look({ width, height, scheme, reducedMotion = false }: Screen): Promise<void> {
		const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 }
		await this.call('Emulation.setDeviceMetricsOverride', metrics)
		await this.call('Emulation.setEmulatedMedia', {
			features: [
				{ name: 'prefers-color-scheme', value: scheme },
				{ name: 'prefers-reduced-motion', value: reducedMotion ? 'reduce' : 'no-preference' },
			],
		})
	}

	async goto(url: string): Promise<void> {
		await this.call('Page.navigate', { url })
		await this.until('document.readyState === "complete"')
	}

	/** The value of an expression in the page. @throws PageScriptError */
	async evaluate<T>(expression: string): Promise<T> {
		const { result, exceptionDetails } = (await this.call('Runtime.evaluate', {
			expression,
			awaitPromise: true,
			returnByValue: true,
		})) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } }
		if (exceptionDetails !== undefined)
			throw new PageScriptError(`${expression}: ${exceptionDetails.exception?.description ?? ''}`)
		return result.value
	}

	/** Resolves when an expression is true: it is looked at with every frame. */
	async until(expression: string): Promise<void> {
		await this.evaluate(
			`new Promise((resolve) => { (function look() { (${expression}) ? resolve() : setTimeout(look, 20) })() })`,
		)
	}

	async press(key: string): Promise<void> {
		const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13 }
		const event = { key, code: key, windowsVirtualKeyCode: codes[key] ?? 0 }
		const text = key === 'Enter' ? { text: '\r' } : {}
		await this.call('Input.dispatchKeyEvent', { type: 'keyDown', ...event, ...text })
		await this.call('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
	}

	async close(): Promise<void> {
		await this.call('Page.close')
	}

	/** PNG of the whole page. */
	async screenshot(): Promise<Buffer> {
		const { data } = await this.call('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true })
		return Buffer.from(String(data), 'base64')
	}

	#take({ method, params }: DevToolsEvent): void {
		const of = (name: string) => params[name] as Record<string, unknown>
		if (method === 'Network.requestWillBeSent') this.requests.push(String(of('request').url))
		if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params))
		if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params.args))
		if (method === 'Log.entryAdded') this.complaints.push(String(of('entry').text))
	}
}
