import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packageRoot } from '../../src/package-root.js'
import { type Anvil, startAnvil } from '../anvil.js'

let anvil: Anvil

beforeAll(async () => {
	anvil = await startAnvil()
	await anvil.mine(500)
})

afterAll(() => anvil.stop())

it.each(['httpUrl', 'wsUrl'] as const)(
	'a process over %s ends by itself once the feed is closed',
	async (kind) => {
		const feedFile = new URL('dist/src/l1/l1-feed.js', `${packageRoot().href.replace(/\/*$/, '/')}`)
		const program = `
		import { L1Feed } from ${JSON.stringify(feedFile.href)}
		import { pino } from 'pino'
		const feed = new L1Feed({ urls: [${JSON.stringify(anvil[kind])}], confirmationDepth: 2 }, { log: pino({ level: 'silent' }) })
		await feed.start()
		const block = await feed.nextAfter(0)
		feed.nextAfter(1e6).catch((error) => process.stdout.write(block.number + ' ' + error.name))
		await feed.close()
		const open = process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
		process.stdout.write(' ' + open.length)
	`
		const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
			stdio: ['ignore', 'pipe', 'inherit'],
		})
		let said = ''
		child.stdout.on('data', (data) => {
			said += data
		})
		const [code] = await once(child, 'close')
		expect({ code, said }).toEqual({ code: 0, said: '1 L1FeedClosedError 0' })
	},
)
