import type { UnaskedLimits } from './unasked-allowance.js'

/** The reference's time for a call to a node. */
const CALL_TIMEOUT_MS = 10_000

const HANDSHAKE_TIMEOUT_MS = 10_000

/** As often as op-node pings its clients. */
const PING_INTERVAL_MS = 30_000

/** The receipts of a full block of 5,000 logs have 4.5 MB; nothing that a node says is near this. */
const MAX_FRAME_BYTES = 128 * 1024 * 1024

/** A node works on all of them at once: more only makes it slower and its answers larger in memory. */
const MAX_CALLS_IN_FLIGHT = 1_024

/** Callers that do not limit themselves notice at some 10 MB of waiting calls. */
const MAX_CALLS_QUEUED = 16_384

/** A restarted node is back at once on a local network; one that is gone costs a dial every few seconds. */
const MIN_RECONNECT_DELAY_MS = 100
const MAX_RECONNECT_DELAY_MS = 10_000

/** A connection that lived this long worked: the next dial begins with short delays again. */
const STABLE_AFTER_MS = 5_000

export interface NodeClientOptions {
	/** `ws://`, `wss://`, `http://` or `https://`. */
	readonly url: string
	/** 32 bytes. */
	readonly jwtSecret: Uint8Array
	readonly callTimeoutMs?: number
	readonly handshakeTimeoutMs?: number
	readonly pingIntervalMs?: number
	readonly maxFrameBytes?: number
	readonly maxCallsInFlight?: number
	/** Calls beyond those in flight wait for a place, up to this many. */
	readonly maxCallsQueued?: number
	/** What the node may say without having been asked. */
	readonly unasked?: Partial<UnaskedLimits>
	readonly reconnect?: {
		readonly minDelayMs?: number
		readonly maxDelayMs?: number
		readonly stableAfterMs?: number
	}
	/** Most calls are for receipts: plain `ws://` then has a socket of our own, which does not copy them. */
	readonly hasLargeAnswers?: boolean
	/** Closes the client when it aborts. */
	readonly signal?: AbortSignal
}

/** Every option but the address and the secret, with its default filled in. */
export function nodeClientLimits(options: NodeClientOptions) {
	return {
		callTimeoutMs: options.callTimeoutMs ?? CALL_TIMEOUT_MS,
		handshakeTimeoutMs: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
		pingIntervalMs: options.pingIntervalMs ?? PING_INTERVAL_MS,
		maxFrameBytes: options.maxFrameBytes ?? MAX_FRAME_BYTES,
		maxCallsInFlight: options.maxCallsInFlight ?? MAX_CALLS_IN_FLIGHT,
		maxCallsQueued: options.maxCallsQueued ?? MAX_CALLS_QUEUED,
		unasked: options.unasked ?? {},
		minDelayMs: options.reconnect?.minDelayMs ?? MIN_RECONNECT_DELAY_MS,
		maxDelayMs: options.reconnect?.maxDelayMs ?? MAX_RECONNECT_DELAY_MS,
		stableAfterMs: options.reconnect?.stableAfterMs ?? STABLE_AFTER_MS,
	}
}
