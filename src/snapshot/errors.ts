import { redactUrl } from '../observability/redact-url.js'

/** A snapshot cannot be made. */
export class SnapshotError extends Error {
	constructor(message: string, options?: ErrorOptions) {
		super(message, options)
		this.name = 'SnapshotError'
	}
}

/** A snapshot cannot be fetched from an endpoint; the message says what to do. */
export class SyncEndpointError extends Error {
	constructor(
		readonly endpoint: string,
		readonly reason: string,
		options?: ErrorOptions,
	) {
		super(`--datadir.sync-endpoint ${redactUrl(endpoint)}: ${reason}`, options)
		this.name = 'SyncEndpointError'
	}
}
