/**
 * A node's address as it may be shown: without user, password, query and fragment, which may hold credentials.
 * @throws TypeError if it is no ws:// or wss:// address
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
	if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
		throw new TypeError(`node ${shown} cannot be used: its address must begin with ws:// or wss://`)
	}
	if (url.hash !== '') throw new TypeError(`node ${shown} cannot be used: its address has a fragment (#)`)
	return shown
}
