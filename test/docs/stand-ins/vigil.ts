import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// Takes the place of `vigil` while commands of the handbook are run: what runs until it is stopped is begun in the
// background, on ports that are free, and the command is done when it serves. Everything is the real program.

const { HANDBOOK_STATE: state = '', HANDBOOK_MAIN: main = '' } = process.env
const addresses = join(state, 'addresses')

/** What says that it serves, by command. */
const SERVING: Readonly<Record<string, RegExp>> = {
	start: /RPC server bound to address/,
	api: /RPC server bound to address/,
	demo: /readyz\n/,
}

const args = process.argv.slice(2).map((arg) => {
	const known = existsSync(addresses) ? readFileSync(addresses, 'utf8').trim().split('\n') : []
	return known.reduce((text, line) => {
		const [written = '', real = ''] = line.split(' ')
		return text.replaceAll(written, real)
	}, arg)
})
const [command = ''] = args
const serves = command === 'start' || command === 'api' || (command === 'demo' && args.includes('--serve'))
if (serves) await begin()
else process.exitCode = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' }).status ?? 1

async function begin(): Promise<void> {
	const written = args.find((arg) => arg.startsWith('--rpc.port='))?.split('=')[1] ?? '8545'
	const own = args.filter((arg) => !arg.startsWith('--rpc.port='))
	const file = join(state, `${command}-${written}.log`)
	const out = openSync(file, 'w')
	const ports = ['--rpc.port=0', '--metrics.port=0', '--rpc.addr=127.0.0.1', '--metrics.addr=127.0.0.1']
	const child = spawn(process.execPath, [main, ...own, ...ports], {
		detached: true,
		stdio: ['ignore', out, out],
	})
	appendFileSync(join(state, 'processes'), `${child.pid}\n`)
	child.on('exit', (code) => {
		process.stderr.write(`${readFileSync(file, 'utf8')}\nended with ${code}\n`)
		process.exit(1)
	})
	const serving = SERVING[command] ?? /$/
	while (!serving.test(readFileSync(file, 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 20))
	const said = readFileSync(file, 'utf8')
	const rpc = /RPC (?:server bound to address.*?"?addr"?[:=]\s*"?|http:\/\/)(127\.0\.0\.1:\d+)/.exec(
		plain(said),
	)
	const metrics = /metrics (?:server bound to address.*?"?addr"?[:=]\s*"?|http:\/\/)(127\.0\.0\.1:\d+)/.exec(
		plain(said),
	)
	const lines = [
		...(rpc?.[1] === undefined ? [] : [`localhost:${written} ${rpc[1]}`]),
		...(metrics?.[1] === undefined ? [] : [`localhost:7300 ${metrics[1]}`]),
	]
	// Who reads the handbook takes longer than that.
	if (command === 'start')
		while (!(await fetch(`http://${rpc?.[1]}/readyz`)).ok)
			await new Promise((resolve) => setTimeout(resolve, 20))
	appendFileSync(addresses, `${lines.join('\n')}\n`)
	process.exit(0)
}

/** A line of JSON has its message last. */
function plain(text: string): string {
	return text
		.split('\n')
		.map((line) => {
			if (!line.startsWith('{')) return line
			const { msg, addr } = JSON.parse(line) as { msg: string; addr?: string }
			return `${msg} addr:${addr}`
		})
		.join('\n')
}
