/**
 * A URL without what may be secret: user and password go, and so do query and path, which hold the keys of hosted
 * RPC endpoints. `https://user:pw@rpc.example/v3/0123?key=1` becomes `https://rpc.example/...`.
 */
export function redactUrl(url: string): string {
	if (!URL.canParse(url)) return '(no URL)'
	const { protocol, host, pathname, search, username } = new URL(url)
	const hidden = pathname.length > 1 || search !== '' || username !== ''
	return `${protocol}//${host}${hidden ? '/...' : ''}`
}

const URL_PATTERN = /\b(?:https?|wss?):\/\/[^\s"'`<>()[\]{},]+/g

/** `text` with every URL in it redacted: messages of client libraries quote the URL that they called. */
export function redactUrlsIn(text: string): string {
	return text.replace(URL_PATTERN, redactUrl)
}
