import type { IncomingMessage } from 'node:http'

/** The WebSocket under a connection, from its dial on: one of `ws`, or our own (docs/decisions.md, "Nodes and L1"). */
export interface NodeSocket {
	readonly state: 'connecting' | 'open' | 'closing' | 'closed'
	readonly isPaused: boolean
	/** Since the dial. */
	readonly bytesRead: number
	/** What was sent and waits for the node to read it. */
	readonly bytesUnsent: number
	/** All that is sent in one turn of the event loop goes out in one write. Only while open. */
	send(text: string): void
	ping(): void
	/** Sends a close frame and waits for the node's. Only while open. */
	close(code: number): void
	/** Ends the connection at once. */
	terminate(): void
	/** TCP makes the node wait; what was read already is still handed over. */
	pause(): void
	resume(): void
}

export interface NodeSocketOptions {
	readonly address: string
	readonly token: string
	/** Of a whole message. */
	readonly maxMessageBytes: number
}

export interface NodeSocketModules {
	readonly onOpen: () => void
	/** The bytes of a message are the receiver's only until it returns. */
	readonly onMessage: (data: Buffer, isBinary: boolean) => void
	/** A ping, which has been answered, or a pong. */
	readonly onControl: () => void
	/** The node sends pings and does not read the answers; from a socket that limits these by itself. */
	readonly onPingFlood: () => void
	/** The handshake was answered with something else than an upgrade. */
	readonly onRefusal: (response: IncomingMessage) => void
	/** What is wrong with a frame has a code WS_ERR_*, with the handshake HPE_*. `onClose` follows. */
	readonly onError: (error: Error) => void
	/** The sockets are gone. Code 1005: a close frame without code; 1006: none. Called once, last of all. */
	readonly onClose: (code: number, reason: Buffer) => void
}
