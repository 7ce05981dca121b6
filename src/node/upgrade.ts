import { createHash, randomBytes } from 'node:crypto'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { urlToHttpOptions } from 'node:url'

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const KEY_BYTES = 16
const VERSION = '13'

export interface UpgradeModules {
	/** What was read behind the answer belongs to the first frames. */
	readonly onUpgrade: (head: Buffer) => void
	readonly onRefusal: (response: IncomingMessage) => void
	readonly onError: (error: Error) => void
}

/**
 * Asks for the upgrade to WebSocket, over a stream that the caller has connected. Node's own HTTP parser reads the
 * answer, with its limits.
 */
export function requestUpgrade(
	options: { readonly address: string; readonly token: string; readonly stream: Duplex },
	modules: UpgradeModules,
): ClientRequest {
	const key = randomBytes(KEY_BYTES).toString('base64')
	const { hostname, port, path } = urlToHttpOptions(new URL(options.address.replace(/^ws/, 'http')))
	return request({
		hostname,
		port,
		path,
		headers: {
			authorization: `Bearer ${options.token}`,
			connection: 'Upgrade',
			upgrade: 'websocket',
			'sec-websocket-version': VERSION,
			'sec-websocket-key': key,
		},
		createConnection: () => options.stream,
	})
		.on('upgrade', (response, _stream, head) => {
			const fault = findFault(response, key)
			if (fault === undefined) modules.onUpgrade(head)
			else modules.onError(new Error(fault))
		})
		.on('response', modules.onRefusal)
		.on('error', modules.onError)
		.end()
}

/** Of an answer with status 101. */
function findFault({ headers }: IncomingMessage, key: string): string | undefined {
	if (headers.upgrade?.toLowerCase() !== 'websocket')
		return 'the answer to the handshake upgrades to something else'
	const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
	if (headers['sec-websocket-accept'] !== accept) return 'the answer to the handshake is of another one'
	if (headers['sec-websocket-extensions'] !== undefined || headers['sec-websocket-protocol'] !== undefined) {
		return 'the answer to the handshake has extensions or a protocol that were not asked for'
	}
	return undefined
}
