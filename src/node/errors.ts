/**
 * What can go wrong with a managed node. Each class keeps the facts as fields; `url` never holds credentials.
 * None of them is an error of Vigil: callers retry, take another node of the chain, or report the node.
 */
export abstract class NodeError extends Error {
	constructor(
		readonly url: string,
		message: string,
		options?: ErrorOptions,
	) {
		super(message, options)
		this.name = new.target.name
	}
}

/** The node answered a call with a JSON-RPC error. `code` and `data` are the node's own. */
export class NodeRpcError extends NodeError {
	/** The node's own words, without the prefix of `message`. */
	readonly reason: string

	constructor(
		url: string,
		readonly method: string,
		readonly code: number,
		reason: string,
		readonly data?: unknown,
	) {
		super(url, `${method} was answered with error ${code}: ${reason}`)
		this.reason = reason
	}
}

/** The node does not have the block that was asked for. It may have had it before a reorg. */
export class NodeBlockNotFoundError extends NodeRpcError {}

/** No answer came before the deadline of the call. The node may still have done what was asked. */
export class NodeTimeoutError extends NodeError {
	constructor(
		url: string,
		readonly method: string,
		readonly timeoutMs: number,
	) {
		super(url, `${method} was not answered within ${timeoutMs} ms`)
	}
}

/** There is no connection to the node, or it was lost before the answer came. The reason may be in `cause`. */
export class NodeDisconnectedError extends NodeError {
	constructor(url: string, detail: string, options?: ErrorOptions) {
		super(url, `node is not connected: ${detail}`, options)
	}
}

/** The node sent something that is not of the protocol. */
export class NodeProtocolError extends NodeError {
	constructor(url: string, detail: string, options?: ErrorOptions) {
		super(url, `node broke the protocol: ${detail}`, options)
	}
}

/** The node sent more than a node of the protocol ever has to: it is dialled again with growing delays. */
export class NodeFloodError extends NodeProtocolError {
	constructor(url: string, detail: string, options?: ErrorOptions) {
		super(url, `it sent ${detail}`, options)
	}
}

/** More calls were made than may wait for this node. Slow down, or raise `maxCallsQueued`. */
export class NodeOverloadedError extends NodeError {
	constructor(
		url: string,
		readonly method: string,
		readonly limit: number,
	) {
		super(url, `${method} was not sent: ${limit} calls wait for this node already`)
	}
}

/** The node, or Vigil, refused to work with the other. Somebody has to change a setting; it is retried slowly. */
export abstract class NodeRefusedError extends NodeError {}

/** The node did not take the JWT (HTTP 401 or 403). `reason` is the node's text. */
export class NodeUnauthorizedError extends NodeRefusedError {
	constructor(
		url: string,
		readonly status: number,
		readonly reason: string,
	) {
		super(
			url,
			`node refused the JWT with HTTP ${status} (${reason === '' ? 'no text' : reason}): ${advice(reason)}`,
		)
	}
}

/** The node is of a chain that it must not be of. */
export class NodeChainMismatchError extends NodeRefusedError {
	constructor(
		url: string,
		readonly found: bigint,
		readonly expected: readonly bigint[],
	) {
		super(
			url,
			`node is of chain ${found}, expected ${expected.join(' or ')}: check --l2-consensus.nodes and the dependency set`,
		)
	}
}

/** The node has no way to deliver events: neither a subscription nor pulling. */
export class NodeEventsUnsupportedError extends NodeRefusedError {
	constructor(url: string, options?: ErrorOptions) {
		super(
			url,
			'node has neither event subscriptions nor interop_pullEvent: check that it is in managed mode, and that the address is of its interop RPC',
			options,
		)
	}
}

/** A JWT secret cannot be used. The message never holds the secret. */
export class JwtSecretError extends Error {
	constructor(detail: string) {
		super(`JWT secret ${detail}: check --l2-consensus.jwt-secret`)
		this.name = new.target.name
	}
}

/** What to look at, by the texts that go-ethereum's JWT handler answers with (protocol notes, "Transport"). */
function advice(reason: string): string {
	if (/stale token|future token/.test(reason)) {
		return 'the clocks of node and supervisor are more than 60 s apart, set them right'
	}
	return 'check that --l2-consensus.jwt-secret is the secret of this node, and that both clocks are right'
}
