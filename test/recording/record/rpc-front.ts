import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterTest } from '../../supervisor/cleanup.js'

export interface FrontRequest {
	readonly id: unknown
	readonly method: string
	readonly params: readonly unknown[]
}

/** What a front says in the place of the endpoint behind it. */
export interface FrontAnswer {
	readonly status?: number
	readonly headers?: { readonly [name: string]: string }
	/** Members of a JSON-RPC answer, or any text. */
	readonly body: object | string
}

/** Looks at a request before it is passed on; what it returns is said instead. */
export type Before = (request: FrontRequest) => FrontAnswer | undefined | Promise<FrontAnswer | undefined>

export interface RpcFront {
	readonly url: string
	/** All requests that came, those answered by the front included. */
	readonly requests: readonly FrontRequest[]
	/** The most that were under way at the same time. */
	readonly mostInFlight: number
	before: Before | undefined
}

/** An HTTP server in front of an RPC endpoint, or with none behind it, until the end of the test. */
export async function rpcFront(target: string | undefined, before?: Before): Promise<RpcFront> {
	const requests: FrontRequest[] = []
	let inFlight = 0
	let mostInFlight = 0
	const front = { before }
	const server = createServer(async (incoming, response) => {
		mostInFlight = Math.max(mostInFlight, ++inFlight)
		const chunks: Buffer[] = []
		for await (const chunk of incoming) chunks.push(chunk as Buffer)
		const body = Buffer.concat(chunks)
		const request = JSON.parse(body.toString()) as FrontRequest
		requests.push(request)
		const said = await front.before?.(request)
		inFlight--
		if (said !== undefined) {
			const text =
				typeof said.body === 'string'
					? said.body
					: JSON.stringify({ jsonrpc: '2.0', id: request.id, ...said.body })
			response.writeHead(said.status ?? 200, said.headers ?? {}).end(text)
			return
		}
		if (target === undefined)
			throw new Error(`nothing stands behind the front that was asked ${request.method}`)
		const answer = await fetch(target, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body,
		})
		response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(async () => {
		server.closeAllConnections()
		server.close()
		await once(server, 'close')
	})
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		get mostInFlight() {
			return mostInFlight
		},
		get before() {
			return front.before
		},
		set before(value) {
			front.before = value
		},
	}
}
