import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/** Which web pages may use the API, and by which names of this machine. `*` is any. */
export interface BrowserOptions {
	/** Origins of pages that may read answers (CORS), and open WebSockets. */
	readonly corsOrigins?: readonly string[]
	/** Names in `Host`. Without it `localhost` for browsers, and any for others: containers call each other by name. */
	readonly vhosts?: readonly string[]
}

const LOCAL_HOSTS = ['localhost']

/**
 * Is the API to be served under the name in `Host`? Against web pages that have their own name point to this machine
 * (DNS rebinding), as go-ethereum does it: IP addresses always, names if they are listed. A browser sends `Origin` with
 * every POST and every WebSocket; without a list only its requests are checked.
 */
export function isHostAllowed({ vhosts }: BrowserOptions, headers: IncomingHttpHeaders): boolean {
	const { host, origin } = headers
	if (vhosts === undefined && origin === undefined) return true
	const allowed = vhosts ?? LOCAL_HOSTS
	if (host === undefined || allowed.includes('*')) return true
	const name = hostName(host)
	return isIP(name) !== 0 || allowed.some((vhost) => vhost.toLowerCase() === name)
}

/** May a page of this origin read answers? */
export function isOriginAllowed({ corsOrigins = [] }: BrowserOptions, origin: string): boolean {
	return corsOrigins.some((allowed) => allowed === '*' || allowed.toLowerCase() === origin.toLowerCase())
}

/** May a page of this origin open a WebSocket? One that is no page says no origin. */
export function isSocketOriginAllowed(options: BrowserOptions, origin: string | undefined): boolean {
	if (origin === undefined || isOriginAllowed(options, origin)) return true
	return URL.canParse(origin) && LOCAL_HOSTS.includes(new URL(origin).hostname)
}

/** Without the port, lower case. */
function hostName(host: string): string {
	const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':')[0] ?? '')
	return name.toLowerCase()
}
