import { once } from 'node:events'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { Frame } from './frames.js'

/** All answers are sent this many times; the first time is not counted. */
const ROUNDS = 6
/** Sent before the first is received, as index workers ask for many blocks at a time. */
const IN_FLIGHT = 32

/**
 * CPU microseconds of a frame that goes through the loopback to a `ws` client, which throws it away. The sender is
 * of this same process: it costs one write a frame, without a copy.
 */
export async function receiveFrames(frames: readonly Frame[]): Promise<{ name: string; us: number }> {
	const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
	await once(server, 'listening')
	const address = server.address()
	if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
	const accepted = once(server, 'connection')
	const client = new WebSocket(`ws://127.0.0.1:${address.port}`, {
		perMessageDeflate: false,
		skipUTF8Validation: true,
	})
	try {
		const [sender] = (await accepted) as [WebSocket]
		await exchange(sender, client, frames)
		const before = process.cpuUsage()
		for (let round = 1; round < ROUNDS; round++) await exchange(sender, client, frames)
		const { user, system } = process.cpuUsage(before)
		return { name: 'receive (ws)', us: (user + system) / (frames.length * (ROUNDS - 1)) }
	} finally {
		client.terminate()
		server.close()
	}
}

/** Sends all frames, a bounded number ahead of those received, and resolves when all have come. */
async function exchange(sender: WebSocket, client: WebSocket, frames: readonly Frame[]): Promise<void> {
	let sent = 0
	let received = 0
	const sendNext = () => {
		const frame = frames[sent++]
		if (frame !== undefined) sender.send(frame.answer, { binary: false })
	}
	await new Promise<void>((resolve) => {
		const onMessage = (_data: RawData) => {
			sendNext()
			if (++received < frames.length) return
			client.off('message', onMessage)
			resolve()
		}
		client.on('message', onMessage)
		for (let i = 0; i < IN_FLIGHT; i++) sendNext()
	})
}
