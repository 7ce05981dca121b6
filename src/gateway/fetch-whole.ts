export interface WholeFetch {
	/** As the platform's. */
	readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
	/** Aborts what is in flight; later calls fail. */
	close(): void
}

/**
 * A `fetch` whose deadline covers the body as well as the headers, with a limit on the body's size. viem's own
 * deadline ends at the headers, so a server that stops in mid-body would hold a request for ever.
 */
export function wholeFetch(options: { timeoutMs: number; maxBytes: number }): WholeFetch {
	const inFlight = new Set<AbortController>()
	let closed = false
	return {
		async fetch(input, init) {
			if (closed) throw new Error('closed')
			const controller = new AbortController()
			const timer = setTimeout(
				// A plain error: viem passes an AbortError on without saying what was aborted.
				() => controller.abort(new Error(`no whole answer within ${options.timeoutMs} ms`)),
				options.timeoutMs,
			)
			inFlight.add(controller)
			try {
				const response = await fetch(input, { ...init, signal: controller.signal })
				const body = await readBody(response, options.maxBytes)
				const { status, statusText, headers } = response
				// These statuses may not have a body.
				const bare = status === 204 || status === 205 || status === 304
				return new Response(bare ? null : body, { status, statusText, headers })
			} finally {
				clearTimeout(timer)
				inFlight.delete(controller)
			}
		},
		close() {
			closed = true
			for (const controller of inFlight) controller.abort(new Error('closed'))
		},
	}
}

async function readBody(response: Response, maxBytes: number): Promise<Buffer | null> {
	if (response.body === null) return null
	const chunks: Uint8Array[] = []
	let size = 0
	for await (const chunk of response.body) {
		size += chunk.byteLength
		// Leaving the loop cancels the body.
		if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
		chunks.push(chunk)
	}
	return Buffer.concat(chunks, size)
}
