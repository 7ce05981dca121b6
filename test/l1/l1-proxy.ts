import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

export interface ProxiedCall {
	readonly method: string
	readonly params: readonly unknown[]
}

export interface L1Proxy {
	readonly url: string
	/** Every JSON-RPC call that came in, those of batches one by one. */
	readonly calls: ProxiedCall[]
	/** How often a block was asked for by this number or label. */
	asked(block: number | string): number
	/** How many HTTP requests came in. */
	readonly requests: () => number
	close(): Promise<void>
}

/**
 * What a proxy does with a call: `result` answers it, `target` passes it on to an L1 RPC, whose result `change` may make
 * another one.
 */
export type Route =
	| { readonly result: unknown }
	| {
			readonly target: string
			/** What L1 is asked instead. */
			readonly as?: ProxiedCall
			readonly change?: (result: never) => unknown
	  }

/**
 * A real HTTP server between the feed and L1 that counts what is asked and may answer by itself.
 * @param route decides call by call; if it throws, the connection is cut without an answer
 * @param options `largestBatch`: larger JSON-RPC batches are refused with HTTP status 413
 */
export async function startL1Proxy(
	route: (call: ProxiedCall) => Route | Promise<Route>,
	options: { largestBatch?: number } = {},
): Promise<L1Proxy> {
	const calls: ProxiedCall[] = []
	let requests = 0
	const answer = async (call: ProxiedCall & { id: unknown }): Promise<unknown> => {
		calls.push({ method: call.method, params: call.params })
		const way = await route(call)
		if ('result' in way) return { jsonrpc: '2.0', id: call.id, result: way.result }
		const response = await fetch(way.target, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ jsonrpc: '2.0', ...call, ...way.as }),
		})
		const answer = (await response.json()) as { result?: unknown }
		if (way.change === undefined || answer.result === undefined || answer.result === null) return answer
		return { ...answer, result: way.change(answer.result as never) }
	}
	const server = createServer(async (request, response) => {
		requests++
		try {
			const body: unknown = JSON.parse(await text(request))
			if (Array.isArray(body) && body.length > (options.largestBatch ?? Number.POSITIVE_INFINITY)) {
				response.writeHead(413).end('batch too large')
				return
			}
			const result = Array.isArray(body)
				? await Promise.all(body.map((call) => answer(call)))
				: await answer(body as ProxiedCall & { id: unknown })
			response.setHeader('content-type', 'application/json').end(JSON.stringify(result))
		} catch {
			// The route wants the connection cut, or L1 is not there.
			request.socket.destroy()
		}
	})
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	const address = server.address()
	if (address === null || typeof address === 'string') throw new Error('no TCP port')
	return {
		url: `http://127.0.0.1:${address.port}`,
		calls,
		asked(block) {
			const name = typeof block === 'number' ? `0x${block.toString(16)}` : block
			return calls.filter((call) => call.method === 'eth_getBlockByNumber' && call.params[0] === name).length
		},
		requests: () => requests,
		async close() {
			server.closeAllConnections()
			server.close()
			await once(server, 'close')
		},
	}
}

async function text(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = []
	for await (const chunk of request) chunks.push(chunk)
	return Buffer.concat(chunks).toString()
}
