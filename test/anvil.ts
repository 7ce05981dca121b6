import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'

/** Attempts to find a port that nobody takes between looking for it and anvil's start. */
const PORT_ATTEMPTS = 5

export interface Anvil {
	readonly httpUrl: string
	readonly wsUrl: string
	/** One JSON-RPC call; throws with anvil's message if it refuses. */
	rpc(method: string, ...params: unknown[]): Promise<unknown>
	/** Mines `blocks` blocks with one second between them. */
	mine(blocks: number): Promise<void>
	/** Replaces the last `depth` blocks by others. */
	reorg(depth: number): Promise<void>
	stop(): Promise<void>
}

/**
 * Starts a real anvil on a free port of 127.0.0.1 and waits until it answers. It mines only when told to, unless
 * `flags` say otherwise.
 * @param flags e.g. `['--slots-in-an-epoch', '1']`, which makes the block two below the tip final
 */
export async function startAnvil(flags: readonly string[] = []): Promise<Anvil> {
	const mining = flags.some((flag) => flag === '--block-time' || flag === '-b') ? [] : ['--no-mining']
	for (let attempt = 1; ; attempt++) {
		const port = await freePort()
		const child = spawn(anvilBinary(), ['--host', '127.0.0.1', '--port', String(port), ...mining, ...flags], {
			stdio: ['ignore', 'pipe', 'ignore'],
		})
		if (await listens(child)) return running(child, port)
		if (attempt === PORT_ATTEMPTS) throw new Error(`anvil did not start with ${flags.join(' ')}`)
	}
}

function running(child: ChildProcess, port: number): Anvil {
	const httpUrl = `http://127.0.0.1:${port}`
	const rpc = async (method: string, ...params: unknown[]): Promise<unknown> => {
		const response = await fetch(httpUrl, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
		})
		const answer: unknown = await response.json()
		if (typeof answer !== 'object' || answer === null)
			throw new Error(`anvil answered ${method} with no object`)
		const error: unknown = Reflect.get(answer, 'error')
		if (error !== undefined) throw new Error(`anvil refused ${method}: ${JSON.stringify(error)}`)
		return Reflect.get(answer, 'result')
	}
	return {
		httpUrl,
		wsUrl: `ws://127.0.0.1:${port}`,
		rpc,
		async mine(blocks) {
			await rpc('anvil_mine', `0x${blocks.toString(16)}`, '0x1')
		},
		async reorg(depth) {
			await rpc('anvil_reorg', depth, [])
		},
		async stop() {
			if (child.exitCode !== null || child.signalCode !== null) return
			const exited = once(child, 'exit')
			child.kill('SIGKILL')
			await exited
		},
	}
}

/** The program itself: the package's script would leave it running when the script is killed. */
export function anvilBinary(): string {
	const require = createRequire(import.meta.url)
	const fromAnvil = createRequire(require.resolve('@foundry-rs/anvil/package.json'))
	const arch = process.arch === 'x64' ? 'amd64' : process.arch
	const name = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
	return fromAnvil.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/${name}`)
}

/** True when anvil says that it listens, false when it ends before. */
function listens(child: ChildProcess): Promise<boolean> {
	return new Promise((resolve, reject) => {
		let said = ''
		child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			if (said.includes('Listening on')) return
			said += text
			if (said.includes('Listening on')) resolve(true)
		})
		child.once('exit', () => resolve(false))
		child.once('error', reject)
	})
}

async function freePort(): Promise<number> {
	const server = createServer()
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	const address = server.address()
	server.close()
	await once(server, 'close')
	if (address === null || typeof address === 'string') throw new Error('no TCP port')
	return address.port
}
