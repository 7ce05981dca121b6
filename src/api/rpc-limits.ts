/** What one caller, and all of them together, may take. */
export interface RpcLimits {
	/** Of one request, also of one WebSocket message. */
	readonly bodyBytes: number
	/** Of all requests that are being received. */
	readonly bufferedBytes: number
	readonly batchRequests: number
	/** Of one batch; what is left is answered with an error. */
	readonly batchAnswerBytes: number
	readonly connections: number
	/** Of one address. */
	readonly connectionsPerClient: number
	/** Calls of one address that wait for a node. */
	readonly waitingPerClient: number
	/** Unanswered messages of one WebSocket; then it is not read. */
	readonly messagesPerSocket: number
	/** What one WebSocket has not read yet; a slower one is closed. */
	readonly unreadBytesPerSocket: number
	readonly subscriptionsPerSocket: number
	readonly headerBytes: number
	readonly headerCount: number
	/** For the head of a request, and for all of it. */
	readonly headersTimeoutMs: number
	readonly requestTimeoutMs: number
	/** Between two requests of a connection. */
	readonly idleTimeoutMs: number
	/** Without any byte in either direction during a request. */
	readonly stallTimeoutMs: number
	/** A WebSocket that does not answer a ping for so long is gone. */
	readonly pingIntervalMs: number
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
	// As go-ethereum's server limits bodies, batches and their answers: clients are written for it.
	bodyBytes: 5 * 1024 * 1024,
	batchRequests: 1_000,
	batchAnswerBytes: 25_000_000,
	// A dozen of the largest requests; ordinary ones have a kilobyte.
	bufferedBytes: 64 * 1024 * 1024,
	connections: 4_096,
	// A proxy in front of many clients is one address.
	connectionsPerClient: 1_024,
	// A proposer or challenger makes a few at a time.
	waitingPerClient: 64,
	messagesPerSocket: 32,
	unreadBytesPerSocket: 4 * 1024 * 1024,
	subscriptionsPerSocket: 32,
	headerBytes: 16 * 1024,
	headerCount: 100,
	headersTimeoutMs: 10_000,
	// The largest request needs 1.4 Mbit/s.
	requestTimeoutMs: 30_000,
	// Longer than the idle times of the usual load balancers, so that they close first and lose no request.
	idleTimeoutMs: 120_000,
	stallTimeoutMs: 30_000,
	// As op-node and go-ethereum ping.
	pingIntervalMs: 30_000,
}
