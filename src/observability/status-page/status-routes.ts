import type { FastifyInstance } from 'fastify'
import { loadPage } from './load-page.js'
import type { StatusFeed } from './status-feed.js'

const RETRY_AFTER_SECONDS = '10'

/** What the port says to who is no browser. */
const OVERVIEW = `Vigil
/         this list; in a browser the status page
/status   how the cluster is, as JSON; as text/event-stream once a second
/metrics  for Prometheus
/healthz  whether the process lives
/readyz   whether it is fit to be asked, and why not
`

/** The status page at `GET /`, and what it shows at `GET /status`: as JSON, or as a stream of events. */
export function addStatusRoutes(app: FastifyInstance, feed: StatusFeed): void {
	const page = loadPage()
	app.get('/', (request, reply) => {
		reply.header('vary', 'Accept')
		if (!accepts(request.headers.accept, 'text/html'))
			return reply.type('text/plain; charset=utf-8').send(OVERVIEW)
		return reply.headers(page.headers).type('text/html; charset=utf-8').send(page.html)
	})
	app.get('/status', (request, reply) => {
		if (!accepts(request.headers.accept, 'text/event-stream'))
			return reply
				.headers({ vary: 'Accept', 'cache-control': 'no-store' })
				.type('application/json')
				.send(feed.current())
		if (!feed.hasRoom)
			return reply
				.code(503)
				.header('retry-after', RETRY_AFTER_SECONDS)
				.send({ error: 'too many pages are open, close one' })
		reply.hijack()
		feed.view(reply.raw)
		return reply
	})
}

function accepts(accept: string | undefined, type: string): boolean {
	return (accept ?? '').split(',').some((one) => one.split(';')[0]?.trim().toLowerCase() === type)
}
