import { Socket } from 'node:net'
import { buildConnector, type Pool } from 'undici'

/** The sockets of a pool of undici, which does not give up on those that are being connected when it is destroyed. */
export class PoolSockets {
	readonly #sockets = new Set<Socket>()

	/** For the pool's `connect`. @param timeoutMs of dialling */
	connector(timeoutMs: number): buildConnector.connector {
		const connect = buildConnector({ timeout: timeoutMs })
		return (options, callback) => {
			const socket: unknown = connect(options, callback)
			if (!(socket instanceof Socket)) return
			this.#sockets.add(socket)
			socket.once('close', () => this.#sockets.delete(socket))
		}
	}

	/** Destroys the pool and waits until all its sockets are gone. */
	async destroy(pool: Pool): Promise<void> {
		const gone = [...this.#sockets].map(
			(socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
		)
		const destroyed = pool.destroy()
		for (const socket of this.#sockets) {
			if (socket.connecting) socket.destroy(new Error('the connection was closed'))
		}
		await Promise.all([destroyed, ...gone])
	}
}
