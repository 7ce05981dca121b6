import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { LeanSocket } from '../src/node/lean-socket.js'
import type { NodeSocket, NodeSocketModules, NodeSocketOptions } from '../src/node/node-socket.js'
import { WsSocket } from '../src/node/ws-socket.js'

/** Asked for at one time, as index workers do. */
const IN_FLIGHT = 32
const WARM_UP_FRAMES = 500
const FRAMES = 3_000
/** Sockets take turns, and of each the least is taken: whatever else the machine does only adds. */
const ROUNDS = 3

const SOCKETS = [
	['receive, with ws', WsSocket],
	['receive, with our own socket', LeanSocket],
] as const

/** CPU microseconds of a frame that comes from another process over the loopback and is thrown away. */
export async function receiveFrames(logs: number): Promise<{ name: string; us: number }[]> {
	const sender = fork(fileURLToPath(new URL('send-frames.js', import.meta.url)), [String(logs)])
	try {
		const [port] = await once(sender, 'message')
		const least = SOCKETS.map(([name]) => ({ name, us: Number.POSITIVE_INFINITY }))
		for (let round = 0; round < ROUNDS; round++) {
			for (const [i, [, Socket]] of SOCKETS.entries()) {
				const step = least[i]
				if (step !== undefined) step.us = Math.min(step.us, await receiveWith(Socket, Number(port)))
			}
		}
		return least
	} finally {
		sender.disconnect()
	}
}

function receiveWith(
	Socket: new (options: NodeSocketOptions, modules: NodeSocketModules) => NodeSocket,
	port: number,
): Promise<number> {
	return new Promise((resolve, reject) => {
		let received = 0
		let before = process.cpuUsage()
		const ask = () => socket.send('next')
		const socket = new Socket(
			{ address: `ws://127.0.0.1:${port}`, token: '', maxMessageBytes: 128 << 20 },
			{
				onOpen: () => {
					for (let i = 0; i < IN_FLIGHT; i++) ask()
				},
				onMessage: () => {
					received++
					if (received === WARM_UP_FRAMES) before = process.cpuUsage()
					if (received < WARM_UP_FRAMES + FRAMES) return ask()
					const { user, system } = process.cpuUsage(before)
					socket.terminate()
					resolve((user + system) / FRAMES)
				},
				onControl: () => {},
				onPingFlood: () => {},
				onRefusal: () => reject(new Error('the sender refused the connection')),
				onError: reject,
				onClose: () => {},
			},
		)
	})
}
