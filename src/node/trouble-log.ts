import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'

/** One line a kind of trouble in this time: a node that misbehaves must not fill the disk. */
const INTERVAL_MS = 30_000

/** For warnings that a node can cause at will. Keys are kinds of trouble, never made of the node's data. */
export function troubleLog(modules: { readonly log: Logger }): RateLimitedLog {
	return new RateLimitedLog({ intervalMs: INTERVAL_MS }, modules)
}
