/** An upstream answered with something else than what belongs to the hash. It is not kept, and the next one is asked. */
export class UpstreamContentError extends Error {
	override readonly name = 'UpstreamContentError'
	constructor(
		readonly field: string,
		readonly expected: string,
		readonly found: string,
	) {
		super(`wrong ${field}: expected ${expected}, found ${found.slice(0, 200)}`)
	}
}

/** An upstream could not be asked, or refused: no connection, no answer in time, an HTTP status, a JSON-RPC error. */
export class UpstreamCallError extends Error {
	override readonly name = 'UpstreamCallError'
	constructor(
		readonly method: string,
		readonly reason: string,
		/** JSON-RPC code, if it answered with an error. */
		readonly code?: number,
	) {
		super(`${method}: ${reason}`)
	}
}

/** So many calls wait for the upstreams already that another one would wait past its deadline. */
export class UpstreamBusyError extends Error {
	override readonly name = 'UpstreamBusyError'
	constructor(readonly waiting: number) {
		super(`${waiting} calls wait for L1 already: try again`)
	}
}

/** The L1 gateway cannot listen where it should. */
export class GatewayStartError extends Error {
	override readonly name = 'GatewayStartError'
}
