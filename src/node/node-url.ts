const PROTOCOLS = new Set(['ws:', 'wss:', 'http:', 'https:'])

/**
 * A node's address as it may be shown: without user, password, query and fragment, which may hold credentials.
 * @throws TypeError if it is no ws://, wss://, http:// or https:// address
 */
export function shownNodeUrl(address: string): string {
	let url: URL
	try {
		url = new URL(address)
	} catch {
		// The parser's message quotes the address, credentials included.
		throw new TypeError('the address of a node is no URL: check --l2-consensus.nodes')
	}
	const shown = `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
	if (!PROTOCOLS.has(url.protocol)) {
		throw new TypeError(
			`node ${shown} cannot be used: its address must begin with ws://, wss://, http:// or https://`,
		)
	}
	if (url.hash !== '') throw new TypeError(`node ${shown} cannot be used: its address has a fragment (#)`)
	return shown
}

/** Whether a node is spoken to over HTTP, where it cannot say anything of its own accord. */
export function isHttpAddress(address: string): boolean {
	return new URL(address).protocol.startsWith('http')
}
