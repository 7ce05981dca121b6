import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The port of a test's server, which goes away and comes back on it. */
export class TestPort {
	#http: Server | undefined
	#port = 0

	/** 0 until something has listened. */
	get number(): number {
		return this.#port
	}

	/** Listens on a free port, and later on the one it had. */
	async open(http: Server): Promise<void> {
		http.listen(this.#port, '127.0.0.1')
		await once(http, 'listening')
		this.#http = http
		this.#port = (http.address() as AddressInfo).port
	}

	/** Cuts all connections and stops listening. @param cut ends those that are no HTTP any more */
	async close(cut: () => void = () => {}): Promise<void> {
		const http = this.#http
		this.#http = undefined
		if (http === undefined) return
		const closed = once(http, 'close')
		http.close()
		http.closeAllConnections()
		cut()
		await closed
	}
}
