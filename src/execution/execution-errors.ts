import type { ChainId } from '../protocol/chain-id.js'

/**
 * What can go wrong with an execution node, or with another that is asked over HTTP: its address says which it is, and
 * never holds credentials. Another node of the chain may do better.
 */
export abstract class ExecutionError extends Error {
	constructor(
		readonly url: string,
		message: string,
	) {
		super(message)
		this.name = new.target.name
	}
}

/** No answer to the request: no connection, an HTTP status, an answer that is no JSON-RPC or is too large. */
export class ExecutionRequestError extends ExecutionError {
	constructor(
		url: string,
		readonly method: string,
		readonly reason: string,
	) {
		super(url, `node ${url} did not answer ${method}: ${reason}`)
	}
}

/** No answer came before the deadline. */
export class ExecutionTimeoutError extends ExecutionError {
	constructor(
		url: string,
		readonly method: string,
		readonly timeoutMs: number,
	) {
		super(url, `node ${url} did not answer ${method} within ${timeoutMs} ms`)
	}
}

/** So many calls wait for the node that this one was not sent. */
export class ExecutionOverloadedError extends ExecutionError {
	constructor(
		url: string,
		readonly method: string,
		readonly limit: number,
	) {
		super(url, `${method} was not sent to node ${url}: ${limit} calls wait for it already`)
	}
}

/** The node answered with a JSON-RPC error. `code`, `reason` and `data` are the node's own. */
export class ExecutionRpcError extends ExecutionError {
	constructor(
		url: string,
		readonly method: string,
		readonly code: number,
		readonly reason: string,
		readonly data?: unknown,
	) {
		super(url, `node ${url} answered ${method} with error ${code}: ${reason}`)
	}
}

/** The node answered with something else than what was asked for. */
export class ExecutionResponseError extends ExecutionError {
	constructor(
		url: string,
		readonly method: string,
		readonly fault: string,
	) {
		super(url, `execution node ${url} answered ${method} with ${fault}`)
	}
}

/** The node is of a chain that is not of the cluster, or of another one than it was before. It is not used. */
export class ExecutionWrongChainError extends ExecutionError {
	constructor(
		url: string,
		readonly found: bigint,
		readonly expected: readonly ChainId[],
	) {
		super(
			url,
			`execution node ${url} is of chain ${found}, expected ${expected.join(' or ')}: check --l2-execution.nodes`,
		)
	}
}

/** A chain has no execution node that can be asked now. */
export class NoExecutionNodeError extends Error {
	override readonly name = 'NoExecutionNodeError'
	constructor(
		readonly chainId: ChainId,
		detail: string,
	) {
		super(`no execution node of chain ${chainId} can be asked: ${detail}`)
	}
}
