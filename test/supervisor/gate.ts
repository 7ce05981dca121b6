import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterTest } from './cleanup.js'

/** A TCP proxy on a port of its own that can be shut and opened: what is behind it is down and up again. */
export class Gate {
	readonly #target: URL
	readonly #sockets = new Set<Socket>()
	#server: Server | undefined
	#port = 0

	private constructor(target: string) {
		this.#target = new URL(target)
	}

	/** Stands before the server at `target`, shut, until the end of the test. */
	static async before(target: string): Promise<Gate> {
		const gate = new Gate(target)
		// Takes a free port and keeps its number.
		await gate.open()
		await gate.shut()
		afterTest(() => gate.shut())
		return gate
	}

	get url(): string {
		return `${this.#target.protocol}//127.0.0.1:${this.#port}`
	}

	async open(): Promise<void> {
		const server = createServer((socket) => {
			const behind = connect(Number(this.#target.port), this.#target.hostname)
			for (const one of [socket, behind]) {
				this.#sockets.add(one)
				one.on('error', () => undefined)
				one.on('close', () => {
					this.#sockets.delete(one)
					socket.destroy()
					behind.destroy()
				})
			}
			socket.pipe(behind).pipe(socket)
		})
		server.listen(this.#port, '127.0.0.1')
		await once(server, 'listening')
		this.#port = (server.address() as AddressInfo).port
		this.#server = server
	}

	/** Cuts all connections and stops listening. */
	async shut(): Promise<void> {
		const server = this.#server
		this.#server = undefined
		if (server === undefined) return
		const closed = once(server, 'close')
		server.close()
		for (const socket of this.#sockets) socket.destroy()
		await closed
	}
}
