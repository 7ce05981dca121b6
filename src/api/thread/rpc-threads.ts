import type { RpcServer } from '../rpc-server.js'
import type { RpcWorkerData } from './rpc-messages.js'
import { RpcThread, type RpcThreadModules } from './rpc-thread.js'

/** One of several threads that serve the same port. */
export type RpcThreadPart = Pick<RpcWorkerData, 'figures'> & { readonly count?: RpcThreadModules['count'] }

/**
 * Starts RPC threads that share a port: the system spreads new connections among them. Resolves when all listen.
 * @param parts what differs among them, one for each
 * @throws RpcStartError, and none is left
 */
export async function startRpcThreads(
	data: Omit<RpcWorkerData, 'figures'>,
	modules: Omit<RpcThreadModules, 'count'>,
	parts: readonly RpcThreadPart[],
): Promise<RpcServer> {
	const threads: RpcThread[] = []
	const close = async () => {
		await Promise.all(threads.map((thread) => thread.close()))
	}
	let { port } = data.server
	try {
		for (const { count, figures } of parts) {
			const server = { ...data.server, port, ...(parts.length > 1 ? { sharesPort: true } : {}) }
			const thread = await RpcThread.start(
				{ ...data, server, ...(figures === undefined ? {} : { figures }) },
				{ ...modules, ...(count === undefined ? {} : { count }) },
			)
			threads.push(thread)
			port = thread.port
		}
	} catch (error) {
		await close()
		throw error
	}
	return { addr: threads[0]?.addr ?? '', port, close }
}
