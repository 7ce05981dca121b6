import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from './metrics/metrics.js'
import { NO_SCHEMAS } from './no-schemas.js'
import type { ReadinessAnswer } from './readiness-answer.js'
import { StatusFeed } from './status-page/status-feed.js'
import { addStatusRoutes } from './status-page/status-routes.js'

export interface MetricsServer {
	/** Where it listens, as `host:port`. */
	readonly addr: string
	close(): Promise<void>
}

/** The metrics server cannot listen where it should. */
export class MetricsListenError extends Error {
	override readonly name = 'MetricsListenError'
}

/**
 * Serves metrics at `GET /metrics`, health at `GET /healthz` and `GET /readyz`, and the status page at `GET /`.
 * @throws MetricsListenError
 */
export async function startMetricsServer(
	options: { readonly addr: string; readonly port: number },
	modules: {
		readonly metrics: Pick<Metrics, 'contentType' | 'text' | 'read' | 'throughput'>
		readonly readiness: () => ReadinessAnswer
		readonly log: Logger
		readonly version: string
	},
): Promise<MetricsServer> {
	const { metrics, readiness, log, version } = modules
	const app = fastify({ requestTimeout: 10_000, forceCloseConnections: true, schemaController: NO_SCHEMAS })
	app.setErrorHandler((error: Error, request, reply) => {
		log.error({ err: error, path: request.url }, 'a scrape could not be answered')
		return reply.code(500).send({ error: 'internal error, see the log' })
	})
	app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()))
	app.get('/healthz', () => ({ status: 'ok' }))
	app.get('/readyz', (_, reply) => {
		const { status, body } = readiness()
		return reply.code(status).send(body)
	})
	const feed = new StatusFeed({ version }, { metrics, log })
	addStatusRoutes(app, feed)
	app.addHook('preClose', async () => feed.close())
	try {
		await app.listen({ host: options.addr, port: options.port })
	} catch (error) {
		feed.close()
		const reason = error instanceof Error ? error.message : String(error)
		throw new MetricsListenError(
			`the metrics server cannot listen on ${options.addr} port ${options.port}: ${reason}; check --metrics.addr and --metrics.port`,
			{ cause: error },
		)
	}
	const { address, family, port } = app.server.address() as AddressInfo
	const addr = `${family === 'IPv6' ? `[${address}]` : address}:${port}`
	log.info({ addr }, 'metrics server bound to address')
	return { addr, close: () => app.close() }
}
