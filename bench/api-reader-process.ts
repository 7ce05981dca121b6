import { createLogger } from '../src/observability/log.js'
import { startReadOnlyApi } from '../src/supervisor/read-only-api.js'
import type { ReaderRequest } from './api-messages.js'

/* A process like `vigil api`, for the bench. */

const log = createLogger({ level: 'error', format: 'json', to: 'stderr' })

process.on('message', async (request: ReaderRequest) => {
	if (request.kind === 'cpu') {
		const { user, system } = process.cpuUsage()
		process.send?.((user + system) / 1000)
		return
	}
	const { cluster, directory } = request
	const server = await startReadOnlyApi(
		{ addr: '127.0.0.1', port: 0, cluster, directory },
		{ log, version: 'bench' },
	)
	process.send?.(server.port)
})
