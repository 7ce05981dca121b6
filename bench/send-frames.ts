import { type WebSocket, WebSocketServer } from 'ws'
import { makeFrames } from './frames.js'

/*
 * A process that answers each message of a client with the next of a few receipts answers, so that what sending costs
 * is not counted as receiving.
 */

const [logs = '93'] = process.argv.slice(2)
const frames = makeFrames({ blocks: 200, logs: Number(logs) }).map(({ answer }) => answer)
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
let next = 0

server.on('connection', (socket: WebSocket) => {
	socket.on('message', () => {
		const frame = frames[next++ % frames.length]
		if (frame !== undefined) socket.send(frame, { binary: false })
	})
})
server.on('listening', () => {
	const address = server.address()
	if (typeof address === 'object' && address !== null) process.send?.(address.port)
})
process.on('disconnect', () => process.exit())
