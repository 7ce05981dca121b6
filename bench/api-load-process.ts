import { connect } from 'node:net'
import type { LoadRequest, LoadResult } from './api-messages.js'

/*
 * Asks an RPC server the same questions over and over, from a process of its own. One request at a time on each
 * connection, written and read as bytes, so that little of the machine goes into asking.
 */

/** Of the time that is counted, before it: compilers settle, connections are made. */
const WARM_UP_SHARE = 0.5

process.on('message', (request: LoadRequest) => {
	load(request).then(
		(result) => process.send?.(result),
		(error: unknown) => {
			throw error
		},
	)
})

async function load({ ports, bodies, connections, ms }: LoadRequest): Promise<LoadResult> {
	const requests = bodies.map((body) =>
		Buffer.from(
			`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
		),
	)
	const countFrom = performance.now() + WARM_UP_SHARE * ms
	const until = countFrom + ms
	const waits: number[] = []
	let refused = 0
	let allCalls = 0
	const ask = (port: number, offset: number) =>
		new Promise<void>((resolve, reject) => {
			let next = offset
			let sentAt = 0
			let received = ''
			const socket = connect(port, '127.0.0.1')
			const send = () => {
				sentAt = performance.now()
				socket.write(requests[next++ % requests.length] ?? '')
			}
			socket.setNoDelay(true).setEncoding('latin1')
			socket.on('connect', send).on('error', reject).on('close', resolve)
			socket.on('data', (chunk: string) => {
				received += chunk
				if (!isWhole(received)) return
				const now = performance.now()
				allCalls++
				if (sentAt >= countFrom) {
					waits.push(now - sentAt)
					if (!received.includes('"result":')) refused++
				}
				received = ''
				// Each connection counts at least one call, however busy the machine is.
				if (now >= until && sentAt >= countFrom) socket.destroy()
				else send()
			})
		})
	const all = Array.from({ length: connections }, (_, i) => ask(ports[i % ports.length] ?? 0, i * 7))
	await Promise.all(all)
	waits.sort((a, b) => a - b)
	const at = (share: number) => waits[Math.floor((waits.length - 1) * share)] ?? Number.NaN
	return {
		calls: waits.length,
		allCalls,
		refused,
		perSecond: (waits.length / ms) * 1000,
		p50Ms: at(0.5),
		p99Ms: at(0.99),
	}
}

function isWhole(received: string): boolean {
	const end = received.indexOf('\r\n\r\n')
	if (end === -1) return false
	const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? Number.NaN)
	return received.length >= end + 4 + length
}
